// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// globNode is a part of a pattern.
type globNode struct {
	kind         globKind
	set          charset     // of a globChar
	repeat       rune        // of a globGroup: one of @?*+!
	alternatives []globNodes // of a globGroup

	// What picomatch demands of the characters from this node on.
	noDot, noDots, oneChar bool

	mayEnd        bool      // of globInnerSegments: more than the slash follows in the pattern
	atEnd         bool      // of !(…): nothing follows in the pattern
	acrossSlashes bool      // of !(…): it excludes paths
	extension     globNodes // of !(*…).ext: what follows
}

type globNodes []globNode

type globKind byte

const (
	globChar globKind = iota
	globStar
	globSegments // "**" alone, or at the start of a group
	globLeadingSegments
	globTrailingSegments
	globInnerSegments
	globGroup
	globOptionalSlash
)

// prior is what precedes a node, as far as the meaning of the node depends on it.
type prior byte

const (
	priorNothing prior = iota
	priorSlash
	priorDot   // at the start of a segment, or anywhere in a group
	priorParen // the opening one
	priorBrace // the opening one, or a comma
	priorGroup // a closing parenthesis or brace
	priorClass
	priorStar
	priorOther
)

// maxGlobDepth bounds how deep groups are nested.
const maxGlobDepth = 8

// globParser reads a pattern.
type globParser struct {
	rest           []rune
	plain          bool // without slashes and groups: picomatch has simpler rules then
	parens, braces int  // open ones
	repeated       bool // within *(…) or +(…)
	negated        bool // within !(…)

	prior       prior
	beforeSlash prior // where prior is priorSlash: what precedes the slash
}

func (p *globParser) next() rune {
	r := p.rest[0]
	p.rest = p.rest[1:]
	return r
}

func (p *globParser) at(prefix string) bool { return strings.HasPrefix(string(p.rest), prefix) }

// top reads the whole pattern.
func (p *globParser) top() ([]globNodes, error) {
	alternatives, err := p.sequences('|')
	if err != nil || p.plain {
		return alternatives, err
	}
	if p.prior == priorStar || p.prior == priorClass {
		last := len(alternatives) - 1
		alternatives[last] = append(alternatives[last], globNode{kind: globOptionalSlash})
	}
	return alternatives, nil
}

// sequences reads alternatives up to the end of the pattern, or to what closes their group.
func (p *globParser) sequences(separator rune) ([]globNodes, error) {
	all := []globNodes{nil}
	for len(p.rest) > 0 {
		r := p.rest[0]
		if separator == '|' && p.parens > 0 && r == ')' || separator == ',' && r == '}' {
			return all, nil
		}
		if r == separator && !p.plain {
			p.next()
			all = append(all, nil)
			p.prior = priorOther
			if separator == ',' {
				p.prior = priorBrace
			}
			continue
		}
		last := len(all) - 1
		nodes, err := p.node(all[last])
		if err != nil {
			return nil, err
		}
		all[last] = nodes
	}
	return all, nil
}

// node reads one node and appends it.
func (p *globParser) node(nodes globNodes) (globNodes, error) {
	if len(p.rest) > 1 && p.rest[1] == '(' && strings.ContainsRune("@?*+!", p.rest[0]) {
		repeat := p.next()
		return p.group(nodes, repeat)
	}
	switch r := p.rest[0]; r {
	case '(':
		return p.group(nodes, '@')
	case '*':
		return p.stars(nodes)
	case '{':
		return p.brace(nodes)
	case '[':
		set, err := p.characterClass()
		p.prior = priorClass
		return append(nodes, globNode{kind: globChar, set: set}), err
	}
	return p.character(nodes, p.next())
}

// character reads what stands for one character.
func (p *globParser) character(nodes globNodes, r rune) (globNodes, error) {
	before := p.prior
	p.prior = priorOther
	set := oneChar(r)
	switch r {
	case '?':
		if before == priorParen || before == priorGroup {
			return nil, errors.New(`a "?" stands beside a parenthesis; write \? for the character`)
		}
		if set = noSlash; before <= priorSlash {
			set = noDot
		}
	case '.':
		switch {
		case before == priorNothing && p.at("/"):
			return nil, errors.New(`it starts with "./"; leave that out`)
		case before == priorDot && p.braces > 0:
			return nil, errors.New("a range in braces has one letter or digit on each side, such as {1..3}; list other values")
		case !p.plain && (before <= priorSlash || p.braces+p.parens > 0):
			p.prior = priorDot
		}
	case '/':
		p.prior, p.beforeSlash = priorSlash, before
	case '+':
		if before == priorGroup || before == priorClass || p.parens > 0 {
			return nil, errors.New(`a "+" would repeat what stands before it; write \+ for the character`)
		}
	case '|':
		if !p.plain {
			return nil, errors.New(`a "|" stands in braces; write \| for the character`)
		}
	case ')', '"', 0:
		return nil, fmt.Errorf(`%q has no meaning here; write \%c for the character`, r, r)
	case '\\':
		if len(p.rest) == 0 || p.rest[0] == '\\' || unicode.IsLetter(p.rest[0]) || unicode.IsDigit(p.rest[0]) || p.rest[0] == 0 {
			return nil, errors.New(`a \ must stand before a character that has a meaning in patterns`)
		}
		if p.at("/") || p.at(".") {
			p.prior = before
			return p.character(nodes, p.next())
		}
		set = oneChar(p.next())
	}
	return append(nodes, globNode{kind: globChar, set: set}), nil
}

// stars reads "*" or "**".
func (p *globParser) stars(nodes globNodes) (globNodes, error) {
	before := p.prior
	p.next()
	p.prior = priorStar
	star := globNode{kind: globStar}
	if !p.plain {
		star.noDot, star.noDots, star.oneChar = before <= priorSlash, before == priorDot, before <= priorDot
	}
	switch {
	case p.repeated:
		return nil, errors.New(`a group that repeats has a "*" in it; write the "*" beside the group`)
	case !p.at("*"):
		return append(nodes, star), nil
	case p.at("**"):
		return nil, errors.New(`it has three "*" in a row; write "*" or "**"`)
	}
	p.next()
	star.oneChar = false
	if !p.plain && (before == priorGroup || len(p.rest) > 0 && strings.ContainsRune("({@?*+!", p.rest[0])) {
		return nil, errors.New(`a "**" stands beside a group; write "*"`)
	}
	if p.plain || before > priorBrace || before == priorDot {
		return append(nodes, star), nil
	}
	for p.at("/**") && (len(p.rest) == 3 || p.rest[3] == '/') { // several are as one
		p.rest = p.rest[3:]
	}
	if !p.segmentEnds() {
		return append(nodes, star), nil
	}
	return p.segments(nodes, before)
}

// segmentEnds reports whether a "**" is a whole segment as far as what follows it goes.
func (p *globParser) segmentEnds() bool {
	return len(p.rest) == 0 || p.at("/") || p.parens > 0 && p.at(")") || p.braces > 0 && (p.at("}") || p.at(","))
}

// segments appends a "**" that is a whole segment.
func (p *globParser) segments(nodes globNodes, before prior) (globNodes, error) {
	ends := len(p.rest) == 0 || p.parens > 0 && !p.negated && string(p.rest) == strings.Repeat(")", p.parens)
	inner := before == priorSlash && p.beforeSlash != priorNothing
	p.prior = priorOther
	switch {
	case inner && ends && p.beforeSlash != priorStar:
		nodes[len(nodes)-1] = globNode{kind: globTrailingSegments}
		return nodes, nil
	case inner && p.at("/"):
		p.next()
		nodes[len(nodes)-1] = globNode{kind: globInnerSegments, mayEnd: len(p.rest) > 0}
		p.prior, p.beforeSlash = priorSlash, priorStar
		return nodes, nil
	case before == priorNothing && p.at("/"):
		p.next()
		p.prior, p.beforeSlash = priorSlash, priorStar
		return append(nodes, globNode{kind: globLeadingSegments}), nil
	}
	return append(nodes, globNode{kind: globSegments, noDot: before <= priorSlash}), nil
}

// group reads from the opening parenthesis to the closing one.
func (p *globParser) group(nodes globNodes, repeat rune) (globNodes, error) {
	g := globNode{kind: globGroup, repeat: repeat, oneChar: p.prior == priorNothing && repeat != '@'}
	p.next()
	switch {
	case p.repeated:
		return nil, errors.New("a group that repeats has a group in it; write the alternatives in one group, such as +(a|b)")
	case p.parens+p.braces >= maxGlobDepth:
		return nil, fmt.Errorf("its groups are nested more than %d deep; write a rule for each alternative", maxGlobDepth)
	case repeat == '!' && p.parens+p.braces > 0:
		return nil, errors.New(`a "!(" stands in another group; write a rule for each alternative`)
	case p.at("?"):
		return nil, errors.New(`a "?" stands beside a parenthesis; write \? for the character`)
	case p.prior == priorNothing && p.at("**"):
		return nil, errors.New(`a group at the start begins with "**"; write a rule for each alternative`)
	}
	outer, inside := *p, p.rest
	p.parens++
	p.prior, p.repeated, p.negated = priorParen, repeat == '*' || repeat == '+', p.negated || repeat == '!'
	alternatives, err := p.sequences('|')
	if err != nil {
		return nil, err
	}
	if len(p.rest) == 0 {
		return nil, errors.New(`a "(" is not closed; write \( for the character`)
	}
	text := string(inside[:len(inside)-len(p.rest)])
	p.next()
	p.parens, p.repeated, p.negated, p.prior = outer.parens, outer.repeated, outer.negated, priorGroup
	g.alternatives = alternatives
	switch repeat {
	case '*', '+':
		if err := checkRepeated(strings.Split(text, "|")); err != nil {
			return nil, err
		}
	case '!':
		if err := p.exclusion(&g, text); err != nil {
			return nil, err
		}
	}
	return append(nodes, g), nil
}

// checkRepeated rejects what picomatch takes literally, as matching it could take for ages.
func checkRepeated(alternatives []string) error {
	for n, one := range alternatives {
		if one == "" || strings.Trim(one, "?") == "" && len(alternatives) > 1 {
			return fmt.Errorf("a group that repeats has the alternative %q, which is empty or matches any characters; remove it", one)
		}
		for _, other := range alternatives[:n] {
			if strings.Trim(one, one[:1]) == "" && strings.Trim(other, one[:1]) == "" {
				return fmt.Errorf("a group that repeats has the alternatives %q and %q, of which one repeats the other; keep the shorter one", other, one)
			}
		}
	}
	return nil
}

// exclusion completes a !(…) by what follows it.
func (p *globParser) exclusion(g *globNode, text string) error {
	g.acrossSlashes = len(text) > 1 && strings.Contains(text, "/")
	g.atEnd = g.acrossSlashes || len(p.rest) == 0
	if extension := string(p.rest); strings.Contains(text, "*") && len(extension) > 1 && extension[0] == '.' && !strings.ContainsAny(extension[1:], `\/.`) {
		parsed, err := (&globParser{rest: []rune(extension)}).top()
		if err != nil {
			return err
		}
		if len(parsed) > 1 {
			return errors.New(`a "|" follows a "!(…)"; write a rule for each alternative`)
		}
		g.atEnd, g.extension = false, parsed[0]
	}
	return nil
}

// brace reads from the opening brace to the closing one.
func (p *globParser) brace(nodes globNodes) (globNodes, error) {
	p.next()
	switch {
	case p.repeated:
		return nil, errors.New("a group that repeats has a group in it; write the alternatives in one group, such as +(a|b)")
	case p.parens+p.braces >= maxGlobDepth:
		return nil, fmt.Errorf("its groups are nested more than %d deep; write a rule for each alternative", maxGlobDepth)
	case len(p.rest) > 4 && string(p.rest[1:3]) == ".." && p.rest[4] == '}' && isAlphanumeric(p.rest[0]) && isAlphanumeric(p.rest[3]):
		from, to := min(p.rest[0], p.rest[3]), max(p.rest[0], p.rest[3])
		p.rest, p.prior = p.rest[5:], priorGroup
		return append(nodes, globNode{kind: globChar, set: charset{{from, to}}}), nil
	}
	if p.prior == priorNothing && (p.at("**") || strings.Contains(string(p.rest), ",**")) {
		return nil, errors.New(`a group at the start has an alternative that begins with "**"; write a rule for each alternative`)
	}
	p.braces++
	p.prior = priorBrace
	alternatives, err := p.sequences(',')
	if err != nil {
		return nil, err
	}
	if len(p.rest) == 0 {
		return nil, errors.New(`a "{" is not closed; write \{ for the character`)
	}
	p.next()
	p.braces--
	p.prior = priorGroup
	if len(alternatives) > 1 {
		return append(nodes, globNode{kind: globGroup, repeat: '@', alternatives: alternatives}), nil
	}
	nodes = append(append(nodes, globNode{kind: globChar, set: oneChar('{')}), alternatives[0]...)
	return append(nodes, globNode{kind: globChar, set: oneChar('}')}), nil
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// posixClasses are the names in classes such as [[:alpha:]].
var posixClasses = map[string]charset{
	"alnum": {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, "alpha": {{'A', 'Z'}, {'a', 'z'}}, "digit": {{'0', '9'}},
	"lower": {{'a', 'z'}}, "upper": {{'A', 'Z'}}, "xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}},
}

// characterClass reads from the opening bracket to the closing one.
func (p *globParser) characterClass() (charset, error) {
	p.next()
	negated := p.at("^")
	if negated {
		p.next()
	}
	var set charset
	posix, first := false, true
	for ; first || !p.at("]"); first = false {
		if len(p.rest) == 0 {
			return nil, errors.New(`a "[" is not closed; write \[ for the character`)
		}
		if p.at("[:") {
			name, _, found := strings.Cut(string(p.rest[2:]), ":]")
			named, known := posixClasses[name]
			if !found || !known {
				return nil, errors.New(`a class has a "[:" without one of the names alnum, alpha, digit, lower, upper and xdigit; use one of them, such as [[:digit:]], or list the characters`)
			}
			set, posix = union(set, named), true
			p.rest = p.rest[len(name)+4:]
			continue
		}
		from, err := p.member()
		if err != nil {
			return nil, err
		}
		to := from
		if p.at("-") && !p.at("-]") && len(p.rest) > 1 {
			p.next()
			if to, err = p.member(); err != nil {
				return nil, err
			}
		}
		if to < from {
			return nil, fmt.Errorf("the range from %q to %q is empty; write the lower character first", from, to)
		}
		set = union(set, charset{{from, to}})
	}
	p.next()
	if !negated {
		return set, nil
	}
	if !posix && !set.has('/') {
		set = union(set, oneChar('/'))
	}
	return set.complement(), nil
}

// member reads one character of a class.
func (p *globParser) member() (rune, error) {
	if p.at(`\`) {
		p.next()
		if len(p.rest) == 0 || isAlphanumeric(p.rest[0]) || p.rest[0] == '\\' {
			return 0, errors.New(`a \ must stand before a character that has a meaning in patterns`)
		}
		return p.next(), nil
	}
	r := p.next()
	if r == 0 || r == '"' {
		return 0, fmt.Errorf("a class cannot have the character %q; remove it", r)
	}
	return r, nil
}
