// Writes cases that the libraries of Infisical's server answer: see README.md.
import { buildMongoQueryMatcher, createMongoAbility, subject } from "@casl/ability";
import picomatch from "picomatch";

const glob = (node, object, context) => picomatch.isMatch(context.get(object, node.field), node.value, { strictSlashes: false });
const conditionsMatcher = buildMongoQueryMatcher({ $glob: { type: "field" } }, { glob });
const legacy = { read: ["describeSecret", "readValue"], "grant-privileges": ["assign-role", "assign-additional-privileges"] };

function answer({ rules, action, subject: type, attributes }) {
  const expanded = rules.map((r) => {
    const denied = Object.keys(legacy).filter((old) => r.inverted && legacy[old].some((a) => r.action.includes(a)));
    return { ...r, action: [...new Set([...r.action, ...denied])] };
  });
  const ability = createMongoAbility([...expanded.filter((r) => !r.inverted), ...expanded.filter((r) => r.inverted)], { conditionsMatcher });
  const object = attributes === null ? type : subject(type, { ...attributes });
  const older = Object.keys(legacy).filter((old) => legacy[old].includes(action));
  try {
    return [action, ...older].some((a) => ability.can(a, object));
  } catch (e) {
    return `throws ${e.name}`;
  }
}

let seed = 20261130;
const next = (n) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0), (seed >>> 8) % n);
const one = (list) => list[next(list.length)];
const some = (list, most) => [...new Set(Array.from({ length: 1 + next(most) }, () => one(list)))];

const environments = ["dev", "prod", "staging", "Dev"];
const paths = ["/", "/app", "/app/x", "/app/x/y", "/b", "/.x", "/app/.y/z", "/ab", "/b/c"];
const tags = ["a", "b", "c"];
const globs = ["/**", "/app/**", "/app/*", "/*", "/*/x", "/**/x", "/a*/**", "/{app,b}", "/!(app)", "/!(app)/*", "/@(app|b)/**", "!/app/**",
  "/+(a|b)", "/?(a)b", "/app/[x-z]", "/app/[^x]", "/a?", "**", "*", "/app/{x,y}/**", "(/app|/b)", "/app/**/y", "/{a..c}"];
const names = ["d*", "{dev,prod}", "!(prod)", "???", "[dp]*", "dev", "*"];

const conditions = {
  environment: () => one([() => one(environments), () => ({ $eq: one(environments) }), () => ({ $ne: one(environments) }), () => ({ $in: some(environments, 3) }),
    () => ({ $glob: one(names) }), () => ({ $ne: one(environments), $glob: one(names) })])(),
  secretPath: () => one([() => one(paths), () => ({ $ne: one(paths) }), () => ({ $in: some(paths, 3) }), () => ({ $glob: one(globs) }), () => ({ $glob: one(globs) })])(),
  secretTags: () => one([() => ({ $in: some(tags, 2) }), () => ({ $all: some(tags, 2) })])(),
  metadata: () => ({ $elemMatch: { key: one([{ $eq: one(tags) }, { $in: some(tags, 2) }, { $ne: one(tags) }]), ...(next(2) ? { value: { $eq: one(tags) } } : {}) } }),
};
const attributes = {
  environment: () => one([...environments, null]),
  secretPath: () => one(paths),
  secretTags: () => (next(4) ? some(tags, 3) : []),
  metadata: () => Array.from({ length: next(3) }, () => ({ key: one(tags), value: one(tags) })),
};
const pick = (from, chance) => Object.fromEntries(Object.keys(from).filter(() => next(100) < chance).map((k) => [k, from[k]()]));

for (let n = 1; n <= 400; n++) {
  const [type, actions] = one([["secrets", ["read", "describeSecret", "readValue", "edit"]], ["secrets", ["readValue"]], ["identity", ["edit", "assign-role", "grant-privileges"]]]);
  const rules = Array.from({ length: 1 + next(4) }, () => {
    const when = pick(conditions, type === "secrets" ? 35 : 15);
    return { subject: type, action: some(actions, 2), ...(Object.keys(when).length ? { conditions: when } : {}), ...(next(3) ? {} : { inverted: true }) };
  });
  const about = next(10) ? pick(attributes, 85) : null;
  const action = one(actions.filter((a) => a !== "read"));
  const asked = { case: `generated ${n}`, rules, action, subject: type, attributes: about };
  console.log(JSON.stringify({ ...asked, answer: answer(asked) }));
}
