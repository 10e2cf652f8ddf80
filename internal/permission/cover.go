// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strconv"
)

// Uncovered is what one list of rules allows and another does not. Contract: section 5,
// details.missingPermissions.
type Uncovered struct {
	Permission
	Conditions Conditions // of the wanted rule
}

// Missing answers what of the wanted rules the rules do not cover; nothing: whatever request the
// wanted rules allow, these allow too. Requests without some attribute count as requests. A
// template in the wanted rules may come to be anything, one in these rules comes to nothing: so
// resolve first, with For, what can be resolved.
//
// Requests that no condition tells apart are answered alike, so one of each kind is tried, and
// the answer is exact. Only where there are too many kinds to try does it name what may well be
// covered.
func (rs Rules) Missing(wanted Rules) []Uncovered {
	c := comparison{held: rs, wanted: wanted.widest(), budget: patience}
	var missing []Uncovered
	named := map[string]bool{}
	for n, r := range wanted {
		if r.Inverted {
			continue
		}
		conditions, _ := json.Marshal(r.Conditions) // only for telling them apart
		for _, action := range r.Actions {
			name := r.Subject + " " + action + " " + string(conditions)
			if !named[name] && c.uncovered(Permission{action, r.Subject}, n) {
				named[name] = true
				missing = append(missing, Uncovered{Permission{action, r.Subject}, r.Conditions})
			}
		}
	}
	return missing
}

// AllowSomewhere reports whether the rules allow p on any object at all. For the read of secrets
// they must allow both of its parts somewhere. Rules that are too intricate to tell do not.
func (rs Rules) AllowSomewhere(p Permission) bool {
	c := comparison{wanted: rs, budget: patience}
	for _, part := range p.parts() {
		if q := c.compare(part); q.lost || q.found.BitLen() == 0 {
			return false
		}
	}
	return true
}

// patience is what one comparison may cost, in tenths of a microsecond or so.
const patience = 2_000_000

// comparison looks for requests that the wanted rules allow and the held ones do not.
type comparison struct {
	held, wanted Rules
	budget       budget
	asked        map[Permission]*question
	strings      map[string][]string // see representatives
}

// uncovered: whether such a request is allowed by the wanted rule n.
func (c *comparison) uncovered(p Permission, n int) bool {
	for _, part := range p.parts() {
		q := c.asked[part]
		if q == nil {
			q = c.compare(part)
			if c.asked == nil {
				c.asked = map[Permission]*question{}
			}
			c.asked[part] = q
		}
		if i := slices.Index(q.origin, n); i >= 0 && q.found.Bit(q.held+i) == 1 {
			return true
		}
	}
	return false
}

// budget is what may still be spent.
type budget int

// spend answers whether there was enough.
func (b *budget) spend(cost int) bool {
	*b -= budget(cost)
	return *b >= 0
}

// question is a comparison about one permission. Sets of rules are sets of bits.
type question struct {
	*comparison
	rules   []*Rule // the held ones in their order, then the wanted ones in theirs
	held    int     // how many are held
	origin  []int   // of the wanted ones: which they are
	keys    []string
	settled []int        // of each rule: how many keys must be decided before it is
	kinds   [][]*big.Int // of each key: which rules some kind of attribute leaves; nil: not asked yet
	been    map[string]bool
	found   *big.Int // the wanted rules that allow too much
	lost    bool     // the budget was used up
}

func (c *comparison) compare(p Permission) *question {
	q := &question{comparison: c, been: map[string]bool{}, found: new(big.Int)}
	for n := range c.held {
		if c.held[n].speaksOf(p) {
			q.rules = append(q.rules, &c.held[n])
		}
	}
	q.held = len(q.rules)
	for n := range c.wanted {
		if c.wanted[n].speaksOf(p) {
			q.rules = append(q.rules, &c.wanted[n])
			q.origin = append(q.origin, n)
		}
	}
	q.settled = make([]int, len(q.rules))
	all := new(big.Int)
	for n, r := range q.rules {
		all.SetBit(all, n, 1)
		for _, condition := range r.Conditions {
			if !slices.Contains(q.keys, condition.Key) {
				q.keys = append(q.keys, condition.Key)
			}
			q.settled[n] = max(q.settled[n], slices.Index(q.keys, condition.Key)+1)
		}
	}
	q.kinds = make([][]*big.Int, len(q.keys))
	q.walk(0, all)
	if q.lost && !q.same() {
		q.found = all
	}
	return q
}

// walk decides one key after the other. alive are the rules whose conditions on the keys before
// k hold.
func (q *question) walk(k int, alive *big.Int) {
	name := strconv.Itoa(k) + " " + alive.Text(62)
	if q.been[name] || !q.open(k, alive) {
		return
	}
	q.been[name] = true
	if !q.budget.spend(10 + len(q.rules)/4) {
		q.lost = true
		return
	}
	if k == len(q.keys) {
		last := alive.BitLen() - 1 // a wanted one, or it were not open
		q.found.SetBit(q.found, last, 1)
		return
	}
	if q.kinds[k] == nil {
		q.kinds[k] = q.kindsOf(q.keys[k])
	}
	for _, kind := range q.kinds[k] {
		q.walk(k+1, new(big.Int).And(alive, kind))
	}
}

// open reports whether the rules that are alive leave room for a find.
func (q *question) open(k int, alive *big.Int) bool {
	return q.mayAllow(k, alive) && q.mayRefuse(k, alive)
}

// mayAllow reports whether a wanted rule that was not found yet may come to allow.
func (q *question) mayAllow(k int, alive *big.Int) bool {
	for n := len(q.rules) - 1; n >= q.held; n-- {
		if alive.Bit(n) == 0 {
			continue
		}
		if !q.rules[n].Inverted && q.found.Bit(n) == 0 {
			return true
		}
		if q.settled[n] <= k {
			return false
		}
	}
	return false
}

// mayRefuse reports whether the held rules may come to refuse.
func (q *question) mayRefuse(k int, alive *big.Int) bool {
	for n := q.held - 1; n >= 0; n-- {
		if alive.Bit(n) == 0 {
			continue
		}
		if q.rules[n].Inverted {
			return true
		}
		if q.settled[n] <= k {
			return false
		}
	}
	return true
}

// kindsOf answers which rules are left by an attribute, for every kind of attribute there is.
func (q *question) kindsOf(key string) []*big.Int {
	var tests []*Test
	for _, r := range q.rules {
		for n := range r.Conditions {
			if c := &r.Conditions[n]; c.Key == key {
				for m := range c.Tests {
					tests = append(tests, &c.Tests[m])
				}
			}
		}
	}
	attributes, ok := q.representatives(key, tests)
	q.lost = q.lost || !ok
	kinds := []*big.Int{} // not nil
	for _, a := range attributes {
		if !q.budget.spend(2 * len(q.rules)) {
			q.lost = true
			break
		}
		left := new(big.Int)
		for n, r := range q.rules {
			if r.leaves(key, a) {
				left.SetBit(left, n, 1)
			}
		}
		if !slices.ContainsFunc(kinds, func(other *big.Int) bool { return other.Cmp(left) == 0 }) {
			kinds = append(kinds, left)
		}
	}
	return kinds
}

// leaves reports whether the rule's conditions on one key hold for an attribute.
func (r *Rule) leaves(key string, a Attribute) bool {
	for n := range r.Conditions {
		if c := &r.Conditions[n]; c.Key == key && !c.holds(a, r.Inverted) {
			return false
		}
	}
	return true
}

// same reports whether the held and the wanted rules are word for word the same.
func (q *question) same() bool {
	return slices.EqualFunc(q.rules[:q.held], q.rules[q.held:], func(a, b *Rule) bool {
		return a.Inverted == b.Inverted && reflect.DeepEqual(a.Conditions, b.Conditions)
	})
}
