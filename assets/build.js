// Builds everything in portal/static/dist from the packages in the lock file and the sources beside this file.
// The result is committed: whoever only runs the portal never needs Node.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const dist = join(here, "..", "portal", "static", "dist");

function copyFonts() {
  const font = join(modules, "@fontsource-variable", "figtree");
  for (const subset of ["latin", "latin-ext"]) {
    copyFileSync(join(font, "files", `figtree-${subset}-wght-normal.woff2`), join(dist, "fonts", `figtree-${subset}.woff2`));
  }
  copyFileSync(join(font, "LICENSE"), join(dist, "fonts", "LICENSE.txt"));
}

function copyHtmx() {
  const source = readFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), "utf8");
  // The map is not shipped; without this line browsers would ask for it.
  writeFileSync(join(dist, "htmx.min.js"), source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"));
  copyFileSync(join(modules, "htmx.org", "LICENSE"), join(dist, "htmx.LICENSE.txt"));
}

function symbol(name) {
  const file = join(modules, "lucide-static", "icons", `${name}.svg`);
  if (!existsSync(file)) throw new Error(`icons.txt names "${name}", which Lucide does not have.`);
  const shapes = readFileSync(file, "utf8").replace(/<!--.*?-->/gs, "").match(/<svg[^>]*>(.*)<\/svg>/s)[1];
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s+/g, " ").replace(/> </g, "><").trim()}</symbol>`;
}

function buildSprite() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
  // Stroke and fill come from .icon: <use> inherits from the page, not from the sprite.
  const head = '<svg xmlns="http://www.w3.org/2000/svg">';
  const note = "<!-- Icons of Lucide, ISC licence, see icons.LICENSE.txt -->";
  writeFileSync(join(dist, "icons.svg"), [head, note, ...names.map(symbol), "</svg>", ""].join("\n"));
  copyFileSync(join(modules, "lucide-static", "LICENSE"), join(dist, "icons.LICENSE.txt"));
}

function buildCss() {
  const cli = join(modules, "@tailwindcss", "cli", "dist", "index.mjs");
  execFileSync(process.execPath, [cli, "-i", join(here, "css", "app.css"), "-o", join(dist, "app.css"), "--minify"], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "fonts"), { recursive: true });
copyFonts();
copyHtmx();
buildSprite();
buildCss();
process.stdout.write(`Built ${readdirSync(dist).length} entries in portal/static/dist.\n`);
