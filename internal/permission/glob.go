// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxGlobLength bounds a pattern, in bytes.
const maxGlobLength = 512

// glob is a pattern as picomatch 4 reads it, which servers match with:
//
//   - any characters but "/"; at the start of a segment not a "." first
//     **       as a whole segment, any number of segments of which none starts with "."
//     ?        one character but "/"
//     [a-z]    one of these characters; [^a-z] one other; a leading ! is a character like others
//     {a,b}    one of these; {1..3} one character of the range
//     @(a|b)   one of these; ?( at most one, *( any number, +( at least one, !( anything but these
//     (a|b)    as @(a|b)
//     !…       at the very start: what the rest does not match
//
// /a/** matches /a and /a/, but /** / x (without the spaces) does not match /x. Patterns on which
// picomatch passes parts through as a regular expression, or whose meaning would surprise, are rejected.
//
// Two differences are deliberate. picomatch also matches the text of a pattern, or of a class in it, so that
// "{a,b}" matches "{a,b}"; and its "**" does not match a line break. With either, no pattern with
// wildcards would cover another.
//
// A glob becomes an automaton rather than a regexp.Regexp, as !( and the lookahead of picomatch need
// complements, and comparing rules needs the product of globs.
type glob struct {
	pattern string
	*automaton
}

func newGlob(pattern string) (*glob, error) {
	switch {
	case pattern == "":
		return nil, errors.New("it is empty")
	case len(pattern) > maxGlobLength:
		return nil, fmt.Errorf("it is longer than %d bytes", maxGlobLength)
	}
	c := globCompiler{newAlgebra()}
	e, err := c.compile(pattern)
	if err != nil {
		return nil, err
	}
	return &glob{pattern, newAutomaton(c.algebra, c.and(e, c.not(c.empty)))}, nil
}

// Pattern is a compiled glob that binds a claim or a subject: it has the meaning of a condition with
// $glob, and excludes nothing.
type Pattern struct{ glob *glob }

// ParsePattern compiles a glob. It rejects one that matches all but some texts, since that binds a login
// to almost nothing: every other subject of a public issuer would match.
func ParsePattern(pattern string) (Pattern, error) {
	if strings.HasPrefix(pattern, "!") || strings.Contains(pattern, "!(") {
		return Pattern{}, errors.New("it excludes texts with !, and matches all others")
	}
	g, err := newGlob(pattern)
	return Pattern{g}, err
}

// Match reports whether the pattern matches all of s.
func (p Pattern) Match(s string) bool { return p.glob.match(s) }

// globCompiler turns patterns into expressions from the end to the start, so that a lookahead is the
// intersection with what follows it.
type globCompiler struct{ *algebra }

func (c globCompiler) compile(pattern string) (*expr, error) {
	if same, ok := map[string]string{"***": "*", "**/**": "**", "**/**/**": "**"}[pattern]; ok {
		pattern = same
	}
	if parts := wellKnown.FindStringSubmatch(pattern); parts != nil {
		return c.wellKnown(parts[1], pattern[len(parts[1]):]), nil
	}
	rest := strings.TrimLeft(pattern, "!")
	marks := len(pattern) - len(rest)
	if marks > 0 && strings.HasPrefix(rest, "(") {
		rest, marks = "!"+rest, marks-1
	}
	if rest == "" {
		return nil, errors.New(`it has nothing but "!"`)
	}
	p := &globParser{rest: []rune(rest), plain: marks == 0 && rest[0] != '*' && !strings.ContainsAny(rest, `/()[]{}"`)}
	alternatives, err := p.top()
	if err != nil {
		return nil, err
	}
	e := c.alternatives(alternatives, c.empty)
	if marks%2 == 1 {
		e = c.and(c.not(e), c.star(c.char(everyChar)))
	}
	return e, nil
}

func (c globCompiler) alternatives(alternatives []globNodes, next *expr) *expr {
	e := c.none
	for _, nodes := range alternatives {
		e = c.or(e, c.nodes(nodes, next))
	}
	return e
}

func (c globCompiler) nodes(nodes globNodes, next *expr) *expr {
	for n := len(nodes) - 1; n >= 0; n-- {
		next = c.node(&nodes[n], next)
	}
	return next
}

// node compiles a node in front of the expression of all that follows it.
func (c globCompiler) node(n *globNode, next *expr) *expr {
	slash := c.char(oneChar('/'))
	switch n.kind {
	case globChar:
		next = c.concat(c.char(n.set), next)
	case globStar:
		next = c.concat(c.star(c.char(noSlash)), next)
	case globOptionalSlash:
		next = c.concat(c.or(slash, c.empty), next)
	case globSegments:
		next = c.segments(next)
	case globLeadingSegments: // and the slash behind them
		next = c.or(next, c.concat(slash, next), c.noDot(c.segments(c.concat(slash, next))))
	case globTrailingSegments: // and the slash before them
		next = c.or(c.concat(slash, c.noDot(c.segments(next))), c.and(next, c.empty))
	case globInnerSegments: // and both slashes
		inner := c.or(c.concat(slash, c.noDot(c.segments(c.concat(slash, next)))), c.concat(slash, next))
		if n.mayEnd {
			inner = c.or(inner, c.and(next, c.empty))
		}
		next = inner
	case globGroup:
		next = c.group(n, next)
	}
	if n.oneChar {
		next = c.and(next, c.concat(c.char(everyChar), c.all))
	}
	if n.noDot {
		next = c.noDot(next)
	}
	if n.noDots { // neither "." nor ".." is the segment
		dots := c.or(c.empty, c.char(oneChar('.')))
		next = c.and(next, c.not(c.concat(dots, c.or(c.empty, c.concat(slash, c.all)))))
	}
	return next
}

func (c globCompiler) noDot(next *expr) *expr {
	return c.and(next, c.not(c.concat(c.char(oneChar('.')), c.all)))
}

// segments compiles "**": any characters, of which no "." stands behind a "/".
func (c globCompiler) segments(next *expr) *expr {
	slash := c.char(oneChar('/'))
	hidden := c.concat(c.all, c.concat(slash, c.concat(c.char(oneChar('.')), c.all)))
	some := c.and(c.star(c.char(everyChar)), c.not(hidden))
	endsInSlash := c.concat(c.all, slash)
	return c.or(
		c.concat(c.and(some, c.not(endsInSlash)), next),
		c.concat(c.and(some, endsInSlash), c.noDot(next)),
	)
}

func (c globCompiler) group(n *globNode, next *expr) *expr {
	switch n.repeat {
	case '?':
		return c.or(c.alternatives(n.alternatives, next), next)
	case '*':
		return c.concat(c.star(c.alternatives(n.alternatives, c.empty)), next)
	case '+':
		once := c.alternatives(n.alternatives, c.empty)
		return c.concat(once, c.concat(c.star(once), next))
	case '!':
		excluded := c.alternatives(n.alternatives, c.all) // picomatch: no prefix of what is left may match
		if n.atEnd {
			excluded = c.alternatives(n.alternatives, c.empty)
		} else if n.extension != nil {
			excluded = c.alternatives(n.alternatives, c.nodes(n.extension, c.all))
		}
		anything := c.concat(c.star(c.char(noSlash)), next)
		if n.acrossSlashes {
			anything = c.segments(next)
			if n.oneChar { // at the start
				anything = c.noDot(anything)
			}
		}
		return c.and(c.not(excluded), anything)
	}
	return c.alternatives(n.alternatives, next)
}

// wellKnown are the patterns that picomatch compiles by a table of its own, with any number of extensions.
var wellKnown = regexp.MustCompile(`^(\*|\.\*|\*\.\*|\*/\*|\*\*|\*\*/\*|\*\*/\*\.\*|\*\*/\.\*)(?:\.\w+)*$`)

func (c globCompiler) wellKnown(pattern, extensions string) *expr {
	slash, dot, star := c.char(oneChar('/')), c.char(oneChar('.')), c.star(c.char(noSlash))
	some := func(next *expr) *expr { return c.and(next, c.concat(c.char(everyChar), c.all)) }
	end := c.concat(c.text(extensions), c.or(slash, c.empty))
	folders, name, found := strings.Cut(pattern, "/")
	if !found {
		folders, name = "", pattern
	}
	var e *expr
	switch name {
	case "**":
		e = c.noDot(c.segments(end))
	case ".*":
		e = c.concat(dot, some(c.concat(star, end)))
	case "*.*":
		e = c.noDot(c.concat(star, c.concat(dot, some(c.concat(star, end)))))
	default:
		e = c.noDot(some(c.concat(star, end)))
	}
	switch folders {
	case "*":
		return c.noDot(c.concat(star, c.concat(slash, e)))
	case "**":
		return c.or(e, c.noDot(c.segments(c.concat(slash, e))))
	}
	return e
}
