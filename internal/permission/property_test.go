// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMain fixes the seed, so that every run tries the same cases. For more and others use
// -rapid.checks=100000 -rapid.seed=0.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "500", "rapid.seed": "1", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// vocabulary has the operands for a key, and the values of its attribute. It is small, so that
// rules overlap, and has a value of every equivalence class.
type vocabulary struct {
	key        string
	values     []string
	globs      []*glob
	attributes []Attribute
}

var (
	environments = vocabulary{
		key:    "environment",
		values: []string{"dev", "prod", "staging"},
		globs:  globs("dev", "d*", "*d*", "{dev,prod}", "[dp]*", "???", "*"),
		attributes: plainTexts("", "dev", "prod", "staging", "d", "dx", "dxx", "xd", "xxd", "x", "xxx", "x/x", ".", ".xx", ".d", ".dd",
			"p", "pxx", "pd", "pxd", "d/d", "d/", "p/", "/d", "pdxx", "xdxx", "d-d/"),
	}
	paths = vocabulary{
		key:    secretPath,
		values: []string{"/", "/app", "/app/x", "/b"},
		globs:  globs("/**", "/app/**", "/app/*", "/*", "/*/x", "/**/x", "/a*/**", "/{app,b}", "**", "!/app/**", "/!(app)", "/@(app|b)/x"),
		attributes: plainTexts("", "x", "y", "/", "/app", "/app/x", "/b", "/x", "/.x", "/c", "/app/y", "/app/y/x", "/app/y/z", "/a", "/a/x",
			"/a/y", "/a/y/x", "/a/y/z", "/c/x", "/c/y", "/c/y/x", "/app/.y", "/.y/x", ".x", "/app/.y/x", "/app/"),
	}
	tags = vocabulary{
		key:    secretTags,
		values: []string{"a", "b", "c"},
		attributes: []Attribute{Texts{}, Texts{"a"}, Texts{"b"}, Texts{"c"}, Texts{"x"}, Texts{"a", "b"}, Texts{"a", "c"},
			Texts{"b", "c"}, Texts{"a", "b", "c"}},
	}
	teams = vocabulary{key: metadata, values: []string{"a", "b"}, attributes: lists("a", "b", "x")}

	vocabularies = []vocabulary{environments, paths, tags, teams}
)

func globs(patterns ...string) []*glob {
	var all []*glob
	for _, pattern := range patterns {
		g, err := newGlob(pattern)
		if err != nil {
			panic(err)
		}
		all = append(all, g)
	}
	return all
}

func plainTexts(some ...string) []Attribute {
	var all []Attribute
	for _, s := range some {
		all = append(all, Text(s))
	}
	return all
}

// lists returns all metadata of at most two entries made of these texts.
func lists(some ...string) []Attribute {
	var entries Entries
	for _, key := range some {
		for _, value := range some {
			entries = append(entries, Entry{key, value})
		}
	}
	all := []Attribute{Entries{}}
	for n, one := range entries {
		all = append(all, Entries{one})
		for _, other := range entries[:n] {
			all = append(all, Entries{one, other})
		}
	}
	return all
}

var someActions = []string{Read, DescribeSecret, ReadValue, Edit}

// draw returns rules on secrets with conditions on the keys.
func draw(t *rapid.T, name string, keys []vocabulary) Rules {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Rule { return drawRule(t, keys) }), 0, 4).Draw(t, name)
}

func drawKeys(t *rapid.T) []vocabulary {
	first := rapid.IntRange(0, len(vocabularies)-1).Draw(t, "first key")
	second := rapid.IntRange(0, len(vocabularies)-1).Draw(t, "second key")
	if first == second {
		return vocabularies[first : first+1]
	}
	return []vocabulary{vocabularies[first], vocabularies[second]}
}

func drawRule(t *rapid.T, keys []vocabulary) Rule {
	r := Rule{
		Subject:  Secrets,
		Actions:  rapid.SliceOfNDistinct(rapid.SampledFrom(someActions), 1, 2, rapid.ID).Draw(t, "actions"),
		Inverted: rapid.Bool().Draw(t, "inverted"),
	}
	for _, v := range keys {
		if rapid.Bool().Draw(t, "asks for "+v.key) {
			r.Conditions = append(r.Conditions, Condition{Key: v.key, Tests: v.drawTests(t)})
		}
	}
	return r
}

func (v vocabulary) drawTests(t *rapid.T) []Test {
	switch v.key {
	case secretTags:
		return []Test{v.drawTest(t, rapid.SampledFrom([]string{In, AllOf}).Draw(t, "operator"))}
	case metadata:
		fields := Conditions{}
		for _, field := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{entryKey, entryValue}), 1, 2, rapid.ID).Draw(t, "fields") {
			fields = append(fields, Condition{Key: field, Tests: []Test{v.drawTest(t, rapid.SampledFrom(exact).Draw(t, "operator"))}})
		}
		return []Test{{Operator: ElemMatch, Fields: fields}}
	}
	var tests []Test
	for _, operator := range rapid.SliceOfNDistinct(rapid.SampledFrom(exactGlob), 1, 2, rapid.ID).Draw(t, "operators") {
		tests = append(tests, v.drawTest(t, operator))
	}
	return tests
}

func (v vocabulary) drawTest(t *rapid.T, operator string) Test {
	switch operator {
	case Glob:
		g := rapid.SampledFrom(v.globs).Draw(t, "glob")
		return Test{Operator: Glob, Values: []string{g.pattern}, glob: g}
	case In, AllOf:
		return Test{Operator: operator, Values: rapid.SliceOfNDistinct(rapid.SampledFrom(v.values), 1, 3, rapid.ID).Draw(t, "values")}
	}
	return Test{Operator: operator, Values: []string{rapid.SampledFrom(v.values).Draw(t, "value")}}
}

// requests returns all requests of the vocabulary, those that lack attributes included.
func requests(keys []vocabulary) []Attributes {
	all := []Attributes{{}}
	for _, v := range keys {
		for _, a := range all {
			for _, attribute := range v.attributes {
				more := Attributes{v.key: attribute}
				maps.Copy(more, a)
				all = append(all, more)
			}
		}
	}
	return all
}

var atomic = []Permission{{DescribeSecret, Secrets}, {ReadValue, Secrets}, {Edit, Secrets}}

// counterexample returns a request that the wanted rules allow and the held ones do not.
func counterexample(held, wanted Rules, keys []vocabulary) string {
	for _, a := range requests(keys) {
		for _, p := range atomic {
			if wanted.decideBySet(p, a).Allowed && !held.decideBySet(p, a).Allowed {
				return fmt.Sprintf("%s with %v", p, a)
			}
		}
	}
	return ""
}

// TestMissingIsExact: if a request shows that something is missing, it is reported, and what is
// reported comes with a request that shows it.
func TestMissingIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		held, wanted := draw(t, "held", keys), draw(t, "wanted", keys)
		missing := held.Missing(wanted)
		if example := counterexample(held, wanted, keys); len(missing) == 0 && example != "" {
			t.Fatalf("nothing is missing, but for %s", example)
		}
		for _, u := range missing {
			checkWitness(t, held, wanted, u)
		}
	})
}

// TestOrderDoesNotMatter, neither for what is allowed nor for what is covered.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		rules, wanted := draw(t, "rules", keys), draw(t, "wanted", keys)
		other := rapid.Permutation(rules).Draw(t, "order")
		if example := counterexample(rules, other, keys) + counterexample(other, rules, keys); example != "" {
			t.Fatalf("%v and %v differ for %s", rules, other, example)
		}
		if (len(rules.Missing(wanted)) == 0) != (len(other.Missing(wanted)) == 0) {
			t.Fatalf("%v and %v cover different rules", rules, other)
		}
	})
}

// TestDenialsAlwaysWin: no rule allows what another denies.
func TestDenialsAlwaysWin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		denial := drawRule(t, keys)
		denial.Inverted = true
		rules := rapid.Permutation(append(draw(t, "rules", keys), denial)).Draw(t, "order")
		for _, a := range requests(keys) {
			for _, action := range denial.Actions {
				if p := (Permission{action, Secrets}); denial.Conditions.hold(a, true) && rules.decideAction(p, func(r *Rule) bool { return r.Conditions.hold(a, r.Inverted) }).Allowed {
					t.Fatalf("%s with %v is allowed", p, a)
				}
			}
		}
	})
}

// TestMissingNamesEnough checks that nothing is missing once the reported rules are added, without a denial.
func TestMissingNamesEnough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		held, wanted := draw(t, "held", keys), draw(t, "wanted", keys)
		given := slices.DeleteFunc(slices.Clone(held), func(r Rule) bool { return r.Inverted })
		for _, u := range held.Missing(wanted) {
			given = append(given, Rule{Subject: u.Subject, Actions: []string{u.Action}, Conditions: u.Conditions})
		}
		if missing := given.Missing(wanted); len(missing) > 0 {
			t.Fatalf("%v", missing)
		}
	})
}

func TestMissingOfItselfIsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := draw(t, "rules", drawKeys(t))
		if missing := rules.Missing(rules); len(missing) > 0 {
			t.Fatalf("%v", missing)
		}
	})
}

// TestMissingIsMonotonous: a list that allows more misses no more, and one that denies more
// misses no less.
func TestMissingIsMonotonous(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		held, wanted, last := draw(t, "held", keys), draw(t, "wanted", keys), drawRule(t, keys)
		before, after := held.Missing(wanted), append(slices.Clone(held), last).Missing(wanted)
		less, more := before, after
		if !last.Inverted {
			less, more = after, before
		}
		for _, u := range less {
			if !slices.ContainsFunc(more, func(other Uncovered) bool {
				return u.Permission == other.Permission && Rule{Conditions: u.Conditions}.Equal(Rule{Conditions: other.Conditions})
			}) {
				t.Fatalf("%v before, %v after %v", before, after, last)
			}
		}
	})
}

// TestMissingRespectsDenials: what is denied is not covered.
func TestMissingRespectsDenials(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		held, wanted := draw(t, "held", keys), drawRule(t, keys)
		wanted.Inverted = false
		denial := wanted
		denial.Inverted = true
		if slices.Contains(denial.Actions, Read) { // whose denial does not deny what it includes
			denial.Actions = append([]string{DescribeSecret, ReadValue}, denial.Actions...)
		}
		reachable := counterexample(nil, Rules{wanted}, keys) != ""
		if missing := append(slices.Clone(held), denial).Missing(Rules{wanted}); reachable && len(missing) == 0 {
			t.Fatalf("nothing is missing of %v", wanted)
		}
	})
}

func TestMissingIsTransitive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := drawKeys(t)
		one, two, three := draw(t, "one", keys), draw(t, "two", keys), draw(t, "three", keys)
		if len(one.Missing(two)) == 0 && len(two.Missing(three)) == 0 && len(one.Missing(three)) > 0 {
			t.Fatalf("%v", one.Missing(three))
		}
	})
}

// TestRulesReadBack: rules are the same after being written and read.
func TestRulesReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := draw(t, "rules", drawKeys(t))
		if again := written(t, rules); written(t, reread(t, again)) != again {
			t.Fatalf("%s", again)
		}
	})
}
