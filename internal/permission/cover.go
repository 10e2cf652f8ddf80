// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
)

// Uncovered is a permission that one list of rules allows for some object and another does not.
// Contract: section 5, details.missingPermissions.
type Uncovered struct {
	Permission
	Conditions Conditions // of the rule that allows it

	// Witness is such an object. Unknown is set where the budget ended before one was found: it may
	// be covered.
	Witness Attributes
	Unknown bool
}

// Missing returns what the wanted rules allow and these rules do not. If it is empty, these rules
// allow every request that the wanted rules allow, those that lack attributes included.
//
// A template of the wanted rules may become any value, and one of these rules becomes none. Resolve
// them first, with For, as far as their values are known.
//
// The result is exact, except for the permissions marked as Unknown.
func (rs Rules) Missing(wanted Rules) []Uncovered {
	c := comparison{held: rs.bound(false), wanted: wanted.bound(true), budget: coverBudget, strings: map[string][]string{}}
	var missing []Uncovered
	named, compared := map[string]bool{}, map[Permission]*search{}
	for n, r := range wanted {
		if r.Inverted || r.unread != nil || Inert(Project, r.Subject) {
			continue
		}
		conditions, _ := json.Marshal(r.Conditions) // for comparison only
		for _, action := range r.Actions {
			p := Permission{action, r.Subject}
			if p == readFolders {
				continue
			}
			name := p.String() + " " + string(conditions)
			u := Uncovered{Permission: p, Conditions: r.Conditions}
			if !named[name] && c.uncovered(&u, n, compared) {
				named[name] = true
				missing = append(missing, u)
			}
		}
	}
	return missing
}

// readFolders allows nothing: servers ask for it nowhere, and admins of projects do not have it.
var readFolders = Permission{Read, "secret-folders"}

// coverBudget bounds one comparison, in steps of about a tenth of a microsecond.
const coverBudget = 2_000_000

// budget counts down the steps of a comparison.
type budget int

// spend reports whether the budget sufficed.
func (b *budget) spend(steps int) bool {
	*b -= budget(steps)
	return *b >= 0
}

// comparison searches requests that the wanted rules allow and the held ones do not.
type comparison struct {
	held, wanted Rules
	budget       budget
	strings      map[string][]string // results of distinctStrings
}

// uncovered reports whether rule n of the wanted ones allows more than is held, and completes u.
func (c *comparison) uncovered(u *Uncovered, n int, compared map[Permission]*search) bool {
	for _, part := range append(u.parts(), u.Permission.implied()...) {
		s := compared[part]
		if s == nil {
			s = c.search(part)
			compared[part] = s
		}
		if witness, found := s.found[n]; found {
			u.Witness = witness
			return true
		}
		if s.exhausted && !s.sameOnBothSides() && s.allows(n) {
			u.Unknown = true
			return true
		}
	}
	return false
}

// implied returns the permissions that a rule on p covers as well.
func (p Permission) implied() []Permission {
	var implied []Permission
	for _, action := range p.includes() {
		implied = append(implied, Permission{action, p.Subject})
	}
	return implied
}

// search decides the attributes one after the other, one representative of each equivalence class,
// and keeps the set of rules whose conditions hold so far. Sets of rules are sets of bits. Two
// branches with the same set at the same attribute lead to the same, so one of them is searched.
type search struct {
	*comparison
	actions   []Permission // the permission, and the older one that includes it
	rules     []*Rule      // the held ones, then the wanted ones
	held      int          // number of held ones
	origin    []int        // index of each rule in its list
	keys      []string
	decided   []int     // for each rule, how many keys must be decided to know that its conditions hold
	classes   [][]class // for each key; nil: not computed yet
	visited   map[string]bool
	path      []Attribute // the representatives chosen
	found     map[int]Attributes
	exhausted bool // the budget ended
}

// class is an equivalence class of values of one attribute: those for which the same rules hold.
type class struct {
	representative Attribute
	rules          *big.Int
}

func (c *comparison) search(p Permission) *search {
	s := &search{comparison: c, actions: []Permission{p}, visited: map[string]bool{}, found: map[int]Attributes{}}
	if legacy, ok := p.legacy(); ok {
		s.actions = append(s.actions, legacy)
	}
	s.add(c.held)
	s.held = len(s.rules)
	s.add(c.wanted)
	s.decided = make([]int, len(s.rules))
	every := new(big.Int)
	for n, r := range s.rules {
		every.SetBit(every, n, 1)
		for _, condition := range r.Conditions {
			if !slices.Contains(s.keys, condition.Key) {
				s.keys = append(s.keys, condition.Key)
			}
			s.decided[n] = max(s.decided[n], slices.Index(s.keys, condition.Key)+1)
		}
	}
	s.classes = make([][]class, len(s.keys))
	s.path = make([]Attribute, len(s.keys))
	s.descend(0, every)
	return s
}

func (s *search) add(rules Rules) {
	for n := range rules {
		if slices.ContainsFunc(s.actions, rules[n].names) {
			s.rules = append(s.rules, &rules[n])
			s.origin = append(s.origin, n)
		}
	}
}

// descend decides the keys from k on. alive are the rules whose conditions on the keys before k hold.
func (s *search) descend(k int, alive *big.Int) {
	name := strconv.Itoa(k) + " " + alive.Text(62)
	if s.visited[name] || s.coveredFor(k, alive) || !s.wantsMore(alive) {
		return
	}
	s.visited[name] = true
	if !s.budget.spend(10 + len(s.rules)/4) {
		s.exhausted = true
		return
	}
	if k == len(s.keys) {
		s.record(alive)
		return
	}
	if s.classes[k] == nil {
		s.classes[k] = s.classesOf(s.keys[k])
	}
	for _, class := range s.classes[k] {
		s.path[k] = class.representative
		s.descend(k+1, new(big.Int).And(alive, class.rules))
	}
}

// coveredFor reports whether the held rules allow the permission, however the keys from k on are decided.
func (s *search) coveredFor(k int, alive *big.Int) bool {
	return slices.ContainsFunc(s.actions, func(p Permission) bool {
		allowed := false
		for n, r := range s.rules[:s.held] {
			if alive.Bit(n) == 1 && r.names(p) {
				if r.Inverted || r.unread != nil {
					return false
				}
				allowed = allowed || s.decided[n] <= k
			}
		}
		return allowed
	})
}

// wantsMore reports whether a wanted rule for which nothing was found yet may allow the permission.
func (s *search) wantsMore(alive *big.Int) bool {
	for n := s.held; n < len(s.rules); n++ {
		if _, found := s.found[s.origin[n]]; alive.Bit(n) == 1 && !s.rules[n].Inverted && !found {
			return true
		}
	}
	return false
}

// record notes the request on the path for each wanted rule that allows it.
func (s *search) record(alive *big.Int) {
	for _, p := range s.actions {
		var allowing []int
		denied := false
		for n := s.held; n < len(s.rules); n++ {
			if alive.Bit(n) == 0 || !s.rules[n].names(p) {
				continue
			}
			denied = denied || s.rules[n].Inverted
			allowing = append(allowing, s.origin[n])
		}
		for _, n := range allowing {
			if _, known := s.found[n]; !denied && !known {
				s.found[n] = s.request()
			}
		}
	}
}

func (s *search) request() Attributes {
	a := Attributes{}
	for k, key := range s.keys {
		if s.path[k] != nil {
			a[key] = s.path[k]
		}
	}
	return a
}

// classesOf partitions the values of an attribute by the rules that hold for them.
func (s *search) classesOf(key string) []class {
	var tests []*Test
	for _, r := range s.rules {
		for n := range r.Conditions {
			if c := &r.Conditions[n]; c.Key == key {
				for m := range c.Tests {
					tests = append(tests, &c.Tests[m])
				}
			}
		}
	}
	representatives, ok := s.representatives(key, tests)
	s.exhausted = s.exhausted || !ok
	classes := []class{} // not nil
	for _, a := range representatives {
		if !s.budget.spend(2 * len(s.rules)) {
			s.exhausted = true
			break
		}
		holding := new(big.Int)
		for n, r := range s.rules {
			if r.holdsFor(key, a) {
				holding.SetBit(holding, n, 1)
			}
		}
		if !slices.ContainsFunc(classes, func(other class) bool { return other.rules.Cmp(holding) == 0 }) {
			classes = append(classes, class{a, holding})
		}
	}
	return classes
}

// holdsFor reports whether the rule's conditions on one key hold for an attribute.
func (r *Rule) holdsFor(key string, a Attribute) bool {
	for n := range r.Conditions {
		if c := &r.Conditions[n]; c.Key == key && !c.holds(a, r.Inverted) {
			return false
		}
	}
	return true
}

// allows reports whether rule n of the wanted ones takes part in the search and allows.
func (s *search) allows(n int) bool {
	i := slices.Index(s.origin[s.held:], n)
	return i >= 0 && !s.rules[s.held+i].Inverted
}

// sameOnBothSides reports whether the held and the wanted rules are the same, which needs no search.
func (s *search) sameOnBothSides() bool {
	return slices.EqualFunc(s.rules[:s.held], s.rules[s.held:], func(a, b *Rule) bool {
		return a.Equal(*b)
	})
}
