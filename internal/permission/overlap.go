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
// text is only the state in which it leaves each of them. ok: it was done within the budget.
func overlaps(globs []*glob, named []string, budget *int) (texts []string, ok bool) {
	machines := make([]*machine, len(globs))
	borders := map[rune]bool{0: true}
	for n, g := range globs {
		m, err := newMachine(g)
		if err != nil {
			return nil, false
		}
		machines[n] = m
		m.borders(borders)
	}
	names := newTrie(named, borders)
	letters := slices.DeleteFunc(slices.Sorted(maps.Keys(borders)), func(r rune) bool { return !utf8.ValidRune(r) })

	type place struct {
		states []int // of each machine
		node   int   // of the names
		text   string
	}
	seen, found := map[string]bool{}, map[string]bool{}
	places := []place{{states: make([]int, len(machines)), node: trieStart}}
	for n := 0; n < len(places); n++ {
		p := places[n]
		if in := memberships(machines, p.states); !found[in] && !names[p.node].named {
			found[in] = true
			texts = append(texts, p.text)
		}
		for _, letter := range letters {
			if *budget--; *budget < 0 {
				return nil, false
			}
			next := place{states: make([]int, len(machines)), node: names[p.node].next[letter]}
			for i, m := range machines {
				next.states[i] = m.step(p.states[i], letter)
			}
			if name := encode(slices.Concat(next.states, []int{next.node})); !seen[name] {
				seen[name] = true
				next.text = p.text + string(letter)
				places = append(places, next)
			}
		}
	}
	return texts, true
}

func memberships(machines []*machine, states []int) string {
	in := make([]byte, len(machines))
	for n, m := range machines {
		if m.states[states[n]].accepts {
			in[n] = 1
		}
	}
	return string(in)
}

func encode(numbers []int) string {
	var b []byte
	for _, n := range numbers {
		b = append(strconv.AppendInt(b, int64(n), 36), ' ')
	}
	return string(b)
}

// machine is a glob as a deterministic automaton, made as far as it is walked on.
type machine struct {
	program *syntax.Prog
	states  []state // the first is the start
	numbers map[string]int
}

type state struct {
	waiting []int // instructions that want a character
	accepts bool
	next    map[rune]int
}

func newMachine(g *glob) (*machine, error) {
	re, err := syntax.Parse(g.body, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	m := &machine{program: program, numbers: map[string]int{}}
	m.number([]int{program.Start})
	return m, nil
}

// borders adds the characters at which ranges begin, so that all from one border up to the next
// mean the same to the machine.
func (m *machine) borders(borders map[rune]bool) {
	for _, instruction := range m.program.Inst {
		for n, r := range instruction.Rune {
			if n%2 == 1 || len(instruction.Rune) == 1 {
				borders[r+1] = true
			}
			if n%2 == 0 {
				borders[r] = true
			}
		}
	}
}

// step answers the state behind a character.
func (m *machine) step(from int, r rune) int {
	if to, known := m.states[from].next[r]; known {
		return to
	}
	var to []int
	for _, n := range m.states[from].waiting {
		if i := &m.program.Inst[n]; i.MatchRune(r) {
			to = append(to, int(i.Out))
		}
	}
	number := m.number(to)
	m.states[from].next[r] = number
	return number
}

// number answers the number of the state in which just these instructions come next.
func (m *machine) number(instructions []int) int {
	s := state{next: map[rune]int{}}
	been := map[int]bool{}
	for len(instructions) > 0 {
		n := instructions[len(instructions)-1]
		instructions = instructions[:len(instructions)-1]
		if been[n] {
			continue
		}
		been[n] = true
		switch i := &m.program.Inst[n]; i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			instructions = append(instructions, int(i.Out), int(i.Arg))
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			instructions = append(instructions, int(i.Out))
		case syntax.InstMatch:
			s.accepts = true
		case syntax.InstFail:
		default:
			s.waiting = append(s.waiting, n)
		}
	}
	slices.Sort(s.waiting)
	name := encode(s.waiting)
	if s.accepts {
		name += "!"
	}
	number, known := m.numbers[name]
	if !known {
		number = len(m.states)
		m.numbers[name] = number
		m.states = append(m.states, s)
	}
	return number
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
