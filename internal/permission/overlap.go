// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"maps"
	"regexp/syntax"
	"slices"
	"strconv"
	"unicode/utf8"
)

// overlaps answers one text, other than the named ones, for every set of the globs that some
// text lies in just. It runs the globs side by side over all texts at once: what matters of a
// text is only the state in which it leaves them. ok: it was done within the budget.
func overlaps(globs []*glob, named []string, b *budget) (texts []string, ok bool) {
	m, err := newMachine(globs)
	if err != nil {
		return nil, false
	}
	borders := m.borders()
	names := newTrie(named, borders)
	letters := slices.DeleteFunc(slices.Sorted(maps.Keys(borders)), func(r rune) bool { return !utf8.ValidRune(r) })

	type place struct{ state, node int }
	places := []place{{node: trieStart}}
	reached := map[place]string{places[0]: ""}
	found := map[string]bool{}
	for n := 0; n < len(places); n++ {
		p := places[n]
		if in := m.states[p.state].in; !found[in] && !names[p.node].named {
			found[in] = true
			texts = append(texts, reached[p])
		}
		for _, letter := range letters {
			next := place{m.step(p.state, letter), names[p.node].next[letter]}
			if !b.spend(1 + m.work) {
				return nil, false
			}
			m.work = 0
			if _, known := reached[next]; !known {
				reached[next] = reached[p] + string(letter)
				places = append(places, next)
			}
		}
	}
	return texts, true
}

// machine is some globs as one deterministic automaton, made as far as it is walked on.
type machine struct {
	program []instruction // of one glob after the other
	states  []state       // the first is the start
	numbers map[string]int
	work    int // instructions looked at since somebody asked
}

// instruction is one of a regular expression's. out and arg are its own Out and Arg in the
// program of all globs; the arg of a match is the number of its glob.
type instruction struct {
	syntax.Inst
	out, arg int
}

type state struct {
	waiting []int  // instructions that want a character
	in      string // which globs a text that ends here lies in
	next    map[rune]int
}

func newMachine(globs []*glob) (*machine, error) {
	m := &machine{numbers: map[string]int{}}
	var starts []int
	for n, g := range globs {
		re, err := syntax.Parse(g.body, syntax.Perl)
		if err != nil {
			return nil, err
		}
		program, err := syntax.Compile(re.Simplify())
		if err != nil {
			return nil, err
		}
		offset := len(m.program)
		starts = append(starts, offset+program.Start)
		for _, i := range program.Inst {
			next := instruction{i, offset + int(i.Out), offset + int(i.Arg)}
			if i.Op == syntax.InstMatch {
				next.arg = n
			}
			m.program = append(m.program, next)
		}
	}
	m.number(starts)
	return m, nil
}

// borders are the characters at which ranges begin: all from one border up to the next mean the
// same to the machine.
func (m *machine) borders() map[rune]bool {
	borders := map[rune]bool{0: true}
	for _, i := range m.program {
		for n, r := range i.Rune {
			if n%2 == 0 {
				borders[r] = true
			}
			if n%2 == 1 || len(i.Rune) == 1 {
				borders[r+1] = true
			}
		}
	}
	return borders
}

// step answers the state behind a character.
func (m *machine) step(from int, r rune) int {
	if to, known := m.states[from].next[r]; known {
		return to
	}
	var to []int
	m.work += len(m.states[from].waiting)
	for _, n := range m.states[from].waiting {
		if i := &m.program[n]; i.MatchRune(r) {
			to = append(to, i.out)
		}
	}
	number := m.number(to)
	m.states[from].next[r] = number
	return number
}

// number answers the number of the state in which just these instructions come next.
func (m *machine) number(instructions []int) int {
	s := state{next: map[rune]int{}}
	var in []int
	been := map[int]bool{}
	for len(instructions) > 0 {
		n := instructions[len(instructions)-1]
		instructions = instructions[:len(instructions)-1]
		m.work++
		if been[n] {
			continue
		}
		been[n] = true
		switch i := &m.program[n]; i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			instructions = append(instructions, i.out, i.arg)
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			instructions = append(instructions, i.out)
		case syntax.InstMatch:
			in = append(in, i.arg)
		case syntax.InstFail:
		default:
			s.waiting = append(s.waiting, n)
		}
	}
	s.in = encode(in)
	name := encode(s.waiting) + "!" + s.in
	number, known := m.numbers[name]
	if !known {
		number = len(m.states)
		m.numbers[name] = number
		m.states = append(m.states, s)
	}
	return number
}

// encode names a set.
func encode(set []int) string {
	slices.Sort(set)
	var b []byte
	for _, n := range set {
		b = append(strconv.AppendInt(b, int64(n), 36), ' ')
	}
	return string(b)
}

// trie has the named texts: where a text has left them all it is at the first node, and it
// begins at the second.
type trie []trieNode

type trieNode struct {
	next  map[rune]int
	named bool
}

const trieStart = 1

// newTrie adds the characters of the texts to the borders.
func newTrie(texts []string, borders map[rune]bool) trie {
	t := trie{{}, {next: map[rune]int{}}}
	for _, text := range texts {
		at := trieStart
		for _, r := range text {
			borders[r], borders[r+1] = true, true
			next, known := t[at].next[r]
			if !known {
				next = len(t)
				t[at].next[r] = next
				t = append(t, trieNode{next: map[rune]int{}})
			}
			at = next
		}
		t[at].named = true
	}
	return t
}
