// Reads diagrams with Mermaid and logs with the schema of SARIF, and says what is wrong with them.
// Usage: node check.mjs FOLDER_OF_NODE_MODULES FILE…   Exit status 1 where something is.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [tools, ...files] = process.argv.slice(2);
const folder = path.resolve(tools);
const require = createRequire(path.join(folder, 'check.js'));
let wrong = 0;

function complain(file, what) {
  wrong += 1;
  console.log(`${file}: ${what}`);
}

// Mermaid wants a browser, also where it only parses.
async function mermaid() {
  const { JSDOM } = require('jsdom');
  globalThis.window = new JSDOM('<body></body>').window;
  globalThis.document = globalThis.window.document;
  const module = path.join(folder, 'node_modules/mermaid/dist/mermaid.core.mjs');
  return (await import(pathToFileURL(module))).default;
}

function sarif() {
  const Ajv = require('ajv');
  const validator = new Ajv({ schemaId: 'auto', allErrors: true, unknownFormats: 'ignore', logger: false });
  validator.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
  const schema = path.join(folder, 'node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  return validator.compile(JSON.parse(fs.readFileSync(schema, 'utf8')));
}

const parser = await mermaid();
const validate = sarif();

for (const file of files) {
  const text = fs.readFileSync(file, 'utf8');
  if (file.endsWith('.sarif')) {
    if (!validate(JSON.parse(text))) {
      complain(file, JSON.stringify(validate.errors, null, 1));
    }
    continue;
  }
  const fences = [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
  for (const diagram of file.endsWith('.md') ? fences : [text]) {
    try {
      await parser.parse(diagram);
    } catch (error) {
      complain(file, error.message);
    }
  }
}
process.exit(wrong === 0 ? 0 : 1);
