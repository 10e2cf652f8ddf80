// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What one glob may cost.
const (
	longestGlob      = 512 // bytes
	mostAlternatives = 64
	mostParts        = 1024 // of all alternatives together
)

// glob is a pattern with the meaning that picomatch gives it: * is anything within a segment,
// ** as a whole segment any number of segments (so that /app/** holds /app too), ? one
// character, [a-z] and [^a-z] one of some, {a,b} one or the other. Wildcards take no dot at the
// start of a segment, and a segment that is just * is not empty. What picomatch reads otherwise
// than people expect is refused: parentheses, | and a leading !, [!…], ranges like {1..3},
// brackets and braces without a partner.
//
// It becomes a regular expression: the library that matches it can also tell, with its program,
// how it overlaps with others (see overlap.go), which the libraries for globs cannot.
type glob struct {
	pattern string
	body    string // of the regular expression
	re      *regexp.Regexp
}

func (g *glob) match(s string) bool { return g.re.MatchString(s) && utf8.ValidString(s) }

func newGlob(pattern string) (*glob, error) {
	switch {
	case pattern == "":
		return nil, errors.New("it is empty")
	case len(pattern) > longestGlob:
		return nil, fmt.Errorf("it is longer than %d bytes", longestGlob)
	case pattern[0] == '!':
		return nil, errors.New(`it begins with "!": invert the rule instead, or write \! for the character`)
	}
	p := &globParser{rest: pattern}
	alternatives, err := p.sequence(0)
	if err != nil {
		return nil, err
	}
	var bodies []string
	parts := 0
	for _, a := range alternatives {
		if parts += len(a); parts > mostParts {
			return nil, errors.New("its braces stand for too much")
		}
		if len(a) > 0 {
			bodies = append(bodies, a.regexp())
		}
	}
	if len(bodies) == 0 {
		return nil, errors.New("all its alternatives are empty")
	}
	body := "(?:" + strings.Join(bodies, "|") + ")"
	re, err := regexp.Compile(`\A` + body + `\z`)
	if err != nil {
		return nil, errors.New("it is too intricate")
	}
	return &glob{pattern: pattern, body: body, re: re}, nil
}

// Pattern is a text with the meaning that it has in a condition with $glob.
type Pattern struct{ glob *glob }

// ParsePattern refuses a pattern that means nothing, or something else than people expect.
func ParsePattern(pattern string) (Pattern, error) {
	g, err := newGlob(pattern)
	return Pattern{g}, err
}

// Match reports whether the pattern stands for all of s.
func (p Pattern) Match(s string) bool { return p.glob.match(s) }

// quoteGlob makes a text that a glob takes as it is.
func quoteGlob(s string) string {
	return globSpecials.Replace(s)
}

var globSpecials = func() *strings.Replacer {
	var pairs []string
	for _, r := range `\*?[]{}()|!,` {
		pairs = append(pairs, string(r), `\`+string(r))
	}
	return strings.NewReplacer(pairs...)
}()

// globPart is a run of stars, or one character of a set.
type globPart struct {
	stars int
	set   runes
	wild  bool // a "?"
}

// globParts is a glob without braces.
type globParts []globPart

// regexp writes segment after segment. A ** takes the slash in front of it along, or, where it
// comes first, the one behind it; and no glob matches the empty text.
func (ps globParts) regexp() string {
	const segment = `(?:[^/.][^/]*)?`
	segments := ps.segments()
	if len(segments) == 1 && segments[0].anything() {
		return `(?:[^/.][^/]*(?:/` + segment + `)*|(?:/` + segment + `)+)`
	}
	var out strings.Builder
	slash := ""
	for n, s := range segments {
		last := n == len(segments)-1
		switch {
		case !s.anything():
			out.WriteString(slash + s.within(true, false))
			slash = "/"
		case n == 0 && len(segments) == 2 && len(segments[1]) == 0:
			out.WriteString(`(?:` + segment + `/)+`)
		case n == 0:
			out.WriteString(`(?:` + segment + `/)*`)
		case last && out.Len() == 0:
			out.WriteString(`(?:/` + segment + `)+`)
		default:
			out.WriteString(`(?:/` + segment + `)*`)
		}
	}
	return out.String()
}

// segments splits at the slashes, and leaves out a ** behind a **.
func (ps globParts) segments() []globParts {
	all := []globParts{nil}
	for _, p := range ps {
		if p.set.just('/') {
			all = append(all, nil)
		} else {
			all[len(all)-1] = append(all[len(all)-1], p)
		}
	}
	return slices.CompactFunc(all, func(a, b globParts) bool { return a.anything() && b.anything() })
}

func (ps globParts) anything() bool { return len(ps) == 1 && ps[0].stars == 2 }

// within writes one segment, or what is left of it. start: nothing stands before; dotless:
// but a star that took nothing.
func (ps globParts) within(start, dotless bool) string {
	if len(ps) == 0 {
		return ""
	}
	p, rest := ps[0], ps[1:]
	switch {
	case p.stars > 0 && !start:
		return `[^/]*` + rest.within(false, false)
	case p.stars > 0 && len(rest) == 0:
		return `[^/.][^/]*`
	case p.stars > 0:
		return `(?:[^/.][^/]*` + rest.within(false, false) + `|` + rest.within(true, true) + `)`
	case start && (dotless || p.wild):
		return p.set.without('.').String() + rest.within(false, false)
	}
	return p.set.String() + rest.within(false, false)
}
