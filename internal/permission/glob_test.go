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
		"*":                {[]string{"a", "a.b"}, []string{"", ".a", "a/b"}},
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
		"[!a]x":            {[]string{"!x", "ax"}, []string{"bx"}},
		"[[:alpha:]]":      {[]string{"a", "Z", "a/"}, []string{"1", ":"}},
		"!/a/**":           {[]string{"/b", "a"}, []string{"/a", "/a/b", ""}},
		"/!(a)":            {[]string{"/b", "/ab", "/"}, []string{"/a", "/b/c"}},
		"/!(a)/x":          {[]string{"/b/x"}, []string{"/a/x", "/ab/x"}},
		"!(*.d).ts":        {[]string{"a.ts"}, []string{"a.d.ts"}},
		"/@(a|b)*/**":      {[]string{"/ax/y", "/b/y"}, []string{"/ax", "/c"}},
		"+(ab)":            {[]string{"ab", "abab"}, []string{"", "a", "aba"}},
		"env{1..3}":        {[]string{"env2"}, []string{"env4"}},
		"{a}":              {[]string{"{a}"}, []string{"a"}},
		"/**/x":            {[]string{"/a/x", "//x"}, []string{"/x", "/.a/x"}},
		"a|b":              {[]string{"a|b"}, []string{"a"}},
		"(a|b)":            {[]string{"a", "b"}, []string{"a|b"}},
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
				t.Errorf("%s does not match %q", pattern, s)
			}
		}
		for _, s := range c.no {
			if g.match(s) {
				t.Errorf("%s matches %q", pattern, s)
			}
		}
	}
}

// TestUnsupportedGlobs: picomatch reads these as a regular expression, or not as one would expect.
func TestUnsupportedGlobs(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{
		"", "!", "[a", "[]", "[[:graph:]]", "[b-a]", "{a", "{1..10}", "{a..b,c}", "a(", "a)/b", "@(a", "@(a|b)?", "@(a)+", "[a]+", "/***",
		"+(*(a)|b)", "*(a*)", "*(a|)", "*(a|aa)", "{!(a)}", "**(a)", "(?:a)", "./a", "\"a\"/", `a\`, `\d`, `a\\`, `[a\`, "[",
		"{{{{{{{{{a,b},c},c},c},c},c},c},c},c}", strings.Repeat("x", 513),
	} {
		if _, err := newGlob(pattern); err == nil {
			t.Errorf("%s is accepted", pattern)
		}
	}
}
