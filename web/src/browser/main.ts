/** The static page: no service, the network runs in the browser. */

import { App } from "../ui/app";
import { backend } from "./backend";

await new App(backend).start();
