// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// expr is a regular expression with intersection and complement. It is matched by its Brzozowski
// derivatives: the derivative by a character is the expression of what may follow that character.
// The derivatives are the states of a deterministic automaton.
// https://en.wikipedia.org/wiki/Brzozowski_derivative
type expr struct {
	op       exprOp
	set      charset
	args     []*expr
	nullable bool // matches the empty string
	id       int
}

type exprOp byte

const (
	opSet    exprOp = iota // one character of the set; of an empty set: matches nothing
	opEmpty                // the empty string
	opConcat               // the first argument, then the second
	opStar
	opOr
	opAnd
	opNot
)

// maxExprs bounds the memory of one algebra, in expressions.
const maxExprs = 20_000

// algebra constructs expressions in a canonical form: equal ones are the same pointer, and sums are
// associative, commutative and idempotent, which bounds the number of derivatives.
type algebra struct {
	byKey       map[string]*expr
	derivatives map[derivation]*expr
	bounds      []rune // the first characters of the ranges in which all characters are equivalent
	ids         int    // counts expressions
	work        int    // counts steps, for budgets

	none, empty, all *expr // all matches every string
}

type derivation struct {
	of    *expr
	class int
}

func newAlgebra() *algebra {
	a := &algebra{}
	a.clear()
	a.none = a.make(&expr{op: opSet})
	a.empty = a.make(&expr{op: opEmpty, nullable: true})
	a.all = a.make(&expr{op: opNot, args: []*expr{a.none}, nullable: true})
	return a
}

func (a *algebra) clear() {
	a.byKey, a.derivatives = map[string]*expr{}, map[derivation]*expr{}
	for _, e := range []*expr{a.none, a.empty, a.all} {
		if e != nil {
			a.byKey[e.key()] = e
		}
	}
}

func (e *expr) key() string {
	key := []byte{byte('0' + e.op)}
	for _, r := range e.set {
		key = strconv.AppendInt(append(key, '-'), int64(r[0]), 36)
		key = strconv.AppendInt(append(key, '-'), int64(r[1]), 36)
	}
	for _, arg := range e.args {
		key = strconv.AppendInt(append(key, ' '), int64(arg.id), 36)
	}
	return string(key)
}

func (a *algebra) make(e *expr) *expr {
	a.work += 5 + 2*len(e.args)
	key := e.key()
	if known, ok := a.byKey[key]; ok {
		return known
	}
	a.ids++
	e.id = a.ids
	a.byKey[key] = e
	return e
}

func (a *algebra) char(set charset) *expr {
	if len(set) == 0 {
		return a.none
	}
	for _, r := range set {
		a.bounds = append(a.bounds, r[0], r[1]+1)
	}
	return a.make(&expr{op: opSet, set: set})
}

func (a *algebra) text(s string) *expr {
	e := a.empty
	for _, r := range slices.Backward([]rune(s)) {
		e = a.concat(a.char(oneChar(r)), e)
	}
	return e
}

func (a *algebra) concat(x, y *expr) *expr {
	switch {
	case x == a.none || y == a.none:
		return a.none
	case x == a.empty:
		return y
	case y == a.empty:
		return x
	case x.op == opConcat:
		return a.concat(x.args[0], a.concat(x.args[1], y))
	}
	return a.make(&expr{op: opConcat, args: []*expr{x, y}, nullable: x.nullable && y.nullable})
}

func (a *algebra) star(x *expr) *expr {
	switch {
	case x == a.none || x == a.empty:
		return a.empty
	case x.op == opStar:
		return x
	}
	return a.make(&expr{op: opStar, args: []*expr{x}, nullable: true})
}

func (a *algebra) not(x *expr) *expr {
	if x.op == opNot {
		return x.args[0]
	}
	return a.make(&expr{op: opNot, args: []*expr{x}, nullable: !x.nullable})
}

// or matches what any argument matches.
func (a *algebra) or(args ...*expr) *expr { return a.combine(opOr, a.none, a.all, args) }

// and matches what all arguments match.
func (a *algebra) and(args ...*expr) *expr { return a.combine(opAnd, a.all, a.none, args) }

func (a *algebra) combine(op exprOp, neutral, absorbing *expr, args []*expr) *expr {
	var flat []*expr
	for _, e := range args {
		switch {
		case e == absorbing:
			return absorbing
		case e == neutral:
		case e.op == op:
			flat = append(flat, e.args...)
		default:
			flat = append(flat, e)
		}
	}
	slices.SortFunc(flat, func(x, y *expr) int { return x.id - y.id })
	flat = slices.Compact(flat)
	switch len(flat) {
	case 0:
		return neutral
	case 1:
		return flat[0]
	}
	nullable := func(e *expr) bool { return e.nullable }
	e := &expr{op: op, args: flat, nullable: slices.ContainsFunc(flat, nullable)}
	if op == opAnd {
		e.nullable = !slices.ContainsFunc(flat, func(e *expr) bool { return !e.nullable })
	}
	return a.make(e)
}

// derive returns the derivative of e by the characters of an equivalence class, of which r is one.
func (a *algebra) derive(e *expr, class int, r rune) *expr {
	if known, ok := a.derivatives[derivation{e, class}]; ok {
		return known
	}
	a.work += 5 + 2*len(e.args)
	var d *expr
	switch e.op {
	case opEmpty:
		d = a.none
	case opSet:
		if d = a.none; e.set.has(r) {
			d = a.empty
		}
	case opConcat:
		d = a.concat(a.derive(e.args[0], class, r), e.args[1])
		if e.args[0].nullable {
			d = a.or(d, a.derive(e.args[1], class, r))
		}
	case opStar:
		d = a.concat(a.derive(e.args[0], class, r), e)
	case opNot:
		d = a.not(a.derive(e.args[0], class, r))
	case opOr, opAnd:
		derived := make([]*expr, len(e.args))
		for n, arg := range e.args {
			derived[n] = a.derive(arg, class, r)
		}
		if e.op == opOr {
			d = a.or(derived...)
		} else {
			d = a.and(derived...)
		}
	}
	a.derivatives[derivation{e, class}] = d
	return d
}

// automaton matches an expression. Its states are constructed as they are reached.
type automaton struct {
	mu sync.Mutex
	*algebra
	start *expr
}

func newAutomaton(a *algebra, start *expr) *automaton {
	a.bounds = append(a.bounds, 0)
	slices.Sort(a.bounds)
	a.bounds = slices.Compact(a.bounds)
	return &automaton{algebra: a, start: start}
}

func (m *automaton) match(s string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.byKey) > maxExprs {
		m.clear() // what is constructed again is no longer the same pointer, and matches the same
	}
	e := m.start
	for _, r := range s {
		e = m.step(e, r)
	}
	return e.nullable && utf8.ValidString(s)
}

func (m *automaton) step(e *expr, r rune) *expr {
	class, exact := slices.BinarySearch(m.bounds, r)
	if !exact {
		class--
	}
	return m.derive(e, class, r)
}

// partition returns one string for each combination of automata that accept some string together
// while the others reject it. It searches the product of the automata breadth first, so that each
// string is a shortest one. ok is false when the budget ends before the search does.
func partition(automata []*automaton, b *budget) (texts []string, ok bool) {
	letters := commonLetters(automata)
	type state struct {
		at   []*expr
		text string
	}
	initial := make([]*expr, len(automata))
	for n, m := range automata {
		m.mu.Lock() // until the search ends: states are compared by pointer
		defer m.mu.Unlock()
		initial[n] = m.start
	}
	queue := []state{{at: initial}}
	reached, accepted := map[string]bool{stateKey(initial): true}, map[string]bool{}
	for n := 0; n < len(queue); n++ {
		s := queue[n]
		if vector := acceptance(s.at); !accepted[vector] {
			accepted[vector] = true
			texts = append(texts, s.text)
		}
		for _, letter := range letters {
			next, work := make([]*expr, len(automata)), 5
			for n, m := range automata {
				before := m.work
				next[n] = m.step(s.at[n], letter)
				work += 2 + m.work - before
			}
			if !b.spend(work) {
				return nil, false
			}
			if key := stateKey(next); !reached[key] {
				reached[key] = true
				queue = append(queue, state{next, s.text + string(letter)})
			}
		}
	}
	return texts, true
}

// commonLetters returns one character of each range whose characters every automaton treats alike.
func commonLetters(automata []*automaton) []rune {
	var bounds []rune
	for _, m := range automata {
		bounds = append(bounds, m.bounds...)
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	var letters []rune
	for n, from := range bounds {
		to := rune(unicode.MaxRune)
		if n+1 < len(bounds) {
			to = bounds[n+1] - 1
		}
		if letter := readable(from, to); utf8.ValidRune(letter) {
			letters = append(letters, letter)
		}
	}
	return letters
}

// readable returns a character of the range, a letter or a digit if it has one.
func readable(from, to rune) rune {
	for _, common := range []charset{{{'x', 'z'}}, {{'a', 'w'}}, {{'A', 'Z'}}, {{'0', '9'}}, {{'!', '~'}}} {
		if first := max(from, common[0][0]); first <= min(to, common[0][1]) {
			return first
		}
	}
	return from
}

func stateKey(state []*expr) string {
	var key []byte
	for _, e := range state {
		key = strconv.AppendInt(append(key, ' '), int64(e.id), 36)
	}
	return string(key)
}

func acceptance(state []*expr) string {
	var vector strings.Builder
	for _, e := range state {
		vector.WriteByte('0')
		if e.nullable {
			vector.WriteByte('1')
		}
	}
	return vector.String()
}
