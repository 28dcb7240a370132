/** The page that `srcnn web` serves. */

import { App } from "../ui/app";
import { backend } from "./backend";

await new App(backend).start();
