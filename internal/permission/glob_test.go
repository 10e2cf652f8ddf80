// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for pattern, c := range map[string]struct{ yes, no []string }{
		"/app/*":           {[]string{"/app/x", "/app/x.y"}, []string{"/app", "/app/", "/app/x/y", "/app/.x", "/apple"}},
		"/app/**":          {[]string{"/app", "/app/", "/app/x", "/app/x/y"}, []string{"/apple", "/app/.x", "/app/x/.y", "app", ""}},
		"/**":              {[]string{"/", "/a", "/a/b"}, []string{"", "a", "/.a"}},
		"**":               {[]string{"/", "a", "/a/b", "a/b"}, []string{"", ".a", "a/.b"}},
		"*":                {[]string{"a", "a.b"}, []string{"", "/", ".a", "a/b"}},
		"/a/**/b":          {[]string{"/a/b", "/a/x/b", "/a/x/y/b"}, []string{"/axb", "/a/b/c", "/a/.x/b"}},
		"/a/**/**/b":       {[]string{"/a/b", "/a/x/b"}, []string{"/a"}},
		"**/x":             {[]string{"x", "/x", "a/x", "/a/b/x"}, []string{"ax", ".a/x"}},
		"**/":              {[]string{"/", "a/"}, []string{"", "a"}},
		"/a**":             {[]string{"/a", "/ab"}, []string{"/a/b"}},
		"dev*":             {[]string{"dev", "dev-1"}, []string{"de", "xdev", "dev/1"}},
		"*.x":              {[]string{"a.x", "a..x"}, []string{".x", "x"}},
		"*a*":              {[]string{"a", "xax"}, []string{"x", ".a"}},
		"a*c":              {[]string{"ac", "a.c"}, []string{"a/c"}},
		"?":                {[]string{"a", "é"}, []string{"", ".", "/", "ab", "\xff"}},
		"a?":               {[]string{"ab", "a."}, []string{"a", "a/"}},
		"*?":               {[]string{"a", "ab"}, []string{"", "."}},
		"[a-c]x":           {[]string{"ax", "cx"}, []string{"dx", "[a-c]x"}},
		"[^a]x":            {[]string{"bx", ".x"}, []string{"ax", "/x"}},
		"[-a]":             {[]string{"-", "a"}, []string{"b"}},
		"{dev,prod}":       {[]string{"dev", "prod"}, []string{"", "stag"}},
		"/app/{a,b}/**":    {[]string{"/app/a", "/app/b/c"}, []string{"/app/c", "/app"}},
		"x{a,{b,c}d,}":     {[]string{"xa", "xbd", "xcd", "x"}, []string{"xb", "xd"}},
		`a\*\[b`:           {[]string{"a*[b"}, []string{"ab", "axb"}},
		"a.b+$^(":          {},
		"a,b@!=~^$+.":      {[]string{"a,b@!=~^$+."}, []string{"a,b@!=~^$++"}},
		"/a/":              {[]string{"/a/"}, []string{"/a"}},
		"/{a,b}{1,2}/{,c}": {[]string{"/a1/", "/b2/c"}, []string{"/a", "/a3/"}},
	} {
		g, err := newGlob(pattern)
		if err != nil {
			if c.yes != nil {
				t.Errorf("%s: %v", pattern, err)
			}
			continue
		}
		for _, s := range c.yes {
			if !g.match(s) {
				t.Errorf("%s does not hold %q", pattern, s)
			}
		}
		for _, s := range c.no {
			if g.match(s) {
				t.Errorf("%s holds %q", pattern, s)
			}
		}
	}
}

func TestBadGlobs(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		"", "!a", "[a", "[]", "[!a]", "[[:alpha:]]", "[b-a]", "[a/b]", "a]", "{a", "a}", "{a}", "{}", "{,}", "{1..3}",
		"!(a)", "@(a|b)", "a|b", `a\`, `[a\`, "[", "{{{{{{a,b},c},c},c},c},c}", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
		"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}" + strings.Repeat("x", 20), strings.Repeat("x", 513),
	} {
		if _, err := newGlob(pattern); err == nil {
			t.Errorf("%s is taken", pattern)
		}
	}
}

func TestQuotedGlobHoldsTheTextAlone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "*", "**", "?", "[a]", "{a,b}", `\`, "(a|b)", "!a", "a,b", "/x/*", "é"} {
		g, err := newGlob("/" + quoteGlob(s))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if !g.match("/"+s) || g.match("/"+s+"x") || g.match("/a") && s != "a" {
			t.Errorf("%s: %s", s, g.body)
		}
	}
}
