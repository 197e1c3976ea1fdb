// Checks the OpenAPI document in the only argument by the recommended rules of Redocly and of Spectral, and that protobufjs
// reads the protos in the folder protos. Every finding fails, except those of the rules below.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createConfig, lint } from "@redocly/openapi-core";
import spectralCore from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import protobuf from "protobufjs";

const examples = "An example in XML is a text, and OpenAPI 3.1 has no way to say so. A test sends all examples, and compares those in JSON with their schemas.";
const selfHosted = "Who runs Continuo is whom to contact, and the document does not know them.";

const off = {
  redocly: { "no-invalid-media-type-examples": examples, "info-license": "The repository has no license yet." },
  spectral: { "oas3-valid-media-example": examples, "info-contact": selfHosted },
};

const file = process.argv[2];
const findings = [];

const ruleset = { extends: ["recommended"], rules: Object.fromEntries(Object.keys(off.redocly).map((rule) => [rule, "off"])) };
for (const { ruleId, message, location } of await lint({ ref: file, config: await createConfig(ruleset) })) {
  findings.push(`redocly ${ruleId}: ${message} (${location[0]?.pointer})`);
}

const spectral = new spectralCore.Spectral();
spectral.setRuleset({ extends: [oas], rules: Object.fromEntries(Object.keys(off.spectral).map((rule) => [rule, "off"])) });
for (const { code, message, path } of await spectral.run(readFileSync(file, "utf8"))) {
  findings.push(`spectral ${code}: ${message} (${path.join("/")})`);
}

const protos = "protos";
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(protos, target);
root.loadSync(readdirSync(protos, { recursive: true }).filter((name) => name.endsWith(".proto"))).resolveAll();

for (const finding of findings) console.error(finding);
process.exitCode = findings.length > 0 ? 1 : 0;
