/**
 * Two builds of one page: for `srcnn web`, into the package, and as static files, into dist (--mode static).
 */

import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const ROOT = import.meta.dirname;
const SERVED = resolve(ROOT, "../src/srcnn/web/page");
const EXAMPLE = resolve(ROOT, "../examples/poster.png");
/** What the build for `srcnn web` is made from, beside src/. */
const SOURCES = ["index.html", "package-lock.json", "vite.config.ts", "public/icon.svg"];
/** What is in src/ for the static page alone. */
const OTHERS = "src/browser/";

/** A line for each source, as sha256sum writes it; so that a test sees a build that is older than they are. */
function sums(): string {
  const inside = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf-8" })
    .map((file) => `src/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.(ts|css)$/.test(file) && !file.startsWith(OTHERS));
  const files = [...SOURCES, ...inside].sort();
  const line = (file: string): string => {
    const text = readFileSync(join(ROOT, file), "utf-8").replaceAll("\r\n", "\n");
    return `${createHash("sha256").update(text).digest("hex")}  ${file}\n`;
  };
  return files.map(line).join("");
}

/** What a server of static files does not say by itself. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; " +
  "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

function around(isStatic: boolean): Plugin {
  let out = "";
  return {
    name: "around",
    configResolved(config) {
      out = config.build.outDir;
    },
    transformIndexHtml: {
      order: "pre",
      handler(html) {
        if (!isStatic) return html;
        const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
        return html.replace("src/service/main.ts", "src/browser/main.ts").replace("<title>", `${policy}\n<title>`);
      },
    },
    closeBundle() {
      copyFileSync(EXAMPLE, join(out, "example.png"));
      if (!isStatic) writeFileSync(join(out, "SOURCES"), sums());
    },
  };
}

export default defineConfig(({ mode }) => {
  const isStatic = mode === "static";
  return {
    root: ROOT,
    base: "./",
    plugins: [around(isStatic)],
    build: {
      outDir: isStatic ? resolve(ROOT, "dist") : SERVED,
      emptyOutDir: true,
      target: "es2023",
      assetsInlineLimit: 0,
      license: { fileName: "licenses.md" },
      modulePreload: { polyfill: false },
      // Names without hashes: a new build of the committed page is a change of files, not new files.
      rolldownOptions: {
        output: isStatic ? {} : { entryFileNames: "page.js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
      },
    },
    worker: { format: "es" },
  };
});
