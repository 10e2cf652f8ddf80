// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// runes are ranges of characters.
type runes [][2]rune

func only(r rune) runes { return runes{{r, r}} }

func (rs runes) just(r rune) bool { return len(rs) == 1 && rs[0] == [2]rune{r, r} }

// without takes a character out.
func (rs runes) without(r rune) runes {
	var left runes
	for _, some := range rs {
		from, to := some[0], some[1]
		if r < from || r > to {
			left = append(left, some)
			continue
		}
		if from < r {
			left = append(left, [2]rune{from, r - 1})
		}
		if r < to {
			left = append(left, [2]rune{r + 1, to})
		}
	}
	return left
}

// complement is every other character but the slash.
func (rs runes) complement() runes {
	sorted := slices.SortedFunc(slices.Values(rs), func(a, b [2]rune) int { return int(a[0] - b[0]) })
	var others runes
	next := rune(0)
	for _, some := range sorted {
		if next < some[0] {
			others = append(others, [2]rune{next, some[0] - 1})
		}
		next = max(next, some[1]+1)
	}
	if next <= unicode.MaxRune {
		others = append(others, [2]rune{next, unicode.MaxRune})
	}
	return others.without('/')
}

// String is the class of a regular expression.
func (rs runes) String() string {
	if len(rs) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	var class strings.Builder
	for _, some := range rs {
		fmt.Fprintf(&class, `\x{%x}-\x{%x}`, some[0], some[1])
	}
	return "[" + class.String() + "]"
}

// globParser writes the alternatives of braces out while it reads.
type globParser struct {
	rest string
}

func (p *globParser) next() rune {
	r, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	return r
}

func (p *globParser) at(prefix string) bool { return strings.HasPrefix(p.rest, prefix) }

// sequence reads up to the end; inside braces up to a comma or the closing brace.
func (p *globParser) sequence(depth int) ([]globParts, error) {
	all := []globParts{nil}
	for p.rest != "" {
		if depth > 0 && (p.at(",") || p.at("}")) {
			return all, nil
		}
		tails, err := p.part(depth)
		if err != nil {
			return nil, err
		}
		if len(all)*len(tails) > mostAlternatives {
			return nil, fmt.Errorf("its braces have more than %d alternatives", mostAlternatives)
		}
		all = product(all, tails)
	}
	if depth > 0 {
		return nil, errors.New(`a "{" is not closed; write \{ for the character`)
	}
	return all, nil
}

func product(heads, tails []globParts) []globParts {
	var all []globParts
	for _, head := range heads {
		for _, tail := range tails {
			all = append(all, slices.Concat(head, tail))
		}
	}
	return all
}

// part reads one wildcard, character, class or pair of braces.
func (p *globParser) part(depth int) ([]globParts, error) {
	switch r := p.next(); r {
	case '*':
		stars := 1
		for ; p.at("*"); stars++ {
			p.next()
		}
		return []globParts{{{stars: stars}}}, nil
	case '?':
		return []globParts{{{set: runes{}.complement(), wild: true}}}, nil
	case '[':
		set, err := p.class()
		return []globParts{{{set: set}}}, err
	case '{':
		return p.braces(depth + 1)
	case '(', ')', '|', ']', '}':
		return nil, fmt.Errorf(`%q has no meaning here; write \%c for the character`, r, r)
	case '\\':
		if p.rest == "" {
			return nil, errors.New(`it ends with \`)
		}
		r = p.next()
		return []globParts{{{set: only(r)}}}, nil
	default:
		return []globParts{{{set: only(r)}}}, nil
	}
}

func (p *globParser) braces(depth int) ([]globParts, error) {
	if depth > 4 {
		return nil, errors.New("its braces are nested too deeply")
	}
	inside, _, _ := strings.Cut(p.rest, "}")
	if strings.Contains(inside, "..") {
		return nil, errors.New("ranges in braces are not supported; list the values")
	}
	var all []globParts
	for commas := 0; ; commas++ {
		some, err := p.sequence(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		switch {
		case len(all) > mostAlternatives:
			return nil, fmt.Errorf("its braces have more than %d alternatives", mostAlternatives)
		case p.next() == ',':
		case commas == 0:
			return nil, errors.New(`braces hold alternatives, as {a,b}; write \{ for the character`)
		default:
			return all, nil
		}
	}
}

// class reads what is behind a "[".
func (p *globParser) class() (runes, error) {
	if p.at("!") {
		return nil, errors.New(`"[!" means different things in different places; write [^`)
	}
	negated := p.at("^")
	if negated {
		p.next()
	}
	var set runes
	for !p.at("]") {
		from, err := p.member()
		if err != nil {
			return nil, err
		}
		to := from
		if p.at("-") && !p.at("-]") {
			p.next()
			if to, err = p.member(); err != nil {
				return nil, err
			}
		}
		if to < from {
			return nil, fmt.Errorf("the range from %q to %q is empty", from, to)
		}
		set = append(set, [2]rune{from, to})
	}
	p.next()
	switch {
	case len(set) == 0:
		return nil, errors.New("a class is empty")
	case negated:
		return set.complement(), nil
	}
	return set.without('/'), nil
}

func (p *globParser) member() (rune, error) {
	switch {
	case p.rest == "":
		return 0, errors.New(`a "[" is not closed; write \[ for the character`)
	case p.at("["):
		return 0, errors.New(`a "[" inside of a class is not supported; write \[ for the character`)
	case p.at("/"):
		return 0, errors.New(`a class cannot hold "/"`)
	case p.at(`\`):
		p.next()
		if p.rest == "" {
			return 0, errors.New(`it ends with \`)
		}
	}
	return p.next(), nil
}
