// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/server/servertest"
)

// listed is what the page lists for a subject.
type listed struct {
	actions []string
	deny    bool
	keys    map[string]listedKey
}

// listedKey has the operators of a condition key, and the actions that the page excludes or requires.
type listedKey struct {
	operators, entries, notWith, onlyWith []string
}

var (
	code    = regexp.MustCompile("`([^`]+)`")
	keyText = regexp.MustCompile("`([^`]+)` \\(([^)]*)\\)")
)

func codes(text string) []string {
	var found []string
	for _, match := range code.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// readPage reads the tables of subjects of a scope back from the page.
func readPage(t *testing.T, title string) map[string]listed {
	t.Helper()
	var page strings.Builder
	if err := writeReference(&page); err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(page.String(), "\n## "+title+": subjects")
	if !found {
		t.Fatal("there is no section", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	all := map[string]listed{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, " | ")
		if len(cells) != 4 || !strings.HasPrefix(line, "| `") {
			continue
		}
		l := listed{actions: codes(cells[1]), deny: cells[2] == "yes", keys: map[string]listedKey{}}
		for _, match := range keyText.FindAllStringSubmatch(cells[3], -1) {
			operators, limit, _ := strings.Cut(match[2], ";")
			operators, entries, _ := strings.Cut(operators, " of ")
			_, entries, _ = strings.Cut(entries, ": ")
			key := listedKey{operators: codes(operators), entries: codes(entries)}
			if strings.Contains(limit, "not with") {
				key.notWith = codes(limit)
			} else {
				key.onlyWith = codes(limit)
			}
			l.keys[match[1]] = key
		}
		all[codes(cells[0])[0]] = l
	}
	return all
}

func (k listedKey) takes(action string) bool {
	return !slices.Contains(k.notWith, action) && (k.onlyWith == nil || slices.Contains(k.onlyWith, action))
}

// acceptance sends roles with one rule to a server.
type acceptance struct {
	server *servertest.Server
	path   string
	sent   int
}

func (a *acceptance) accepts(t *testing.T, subject, action string, more map[string]any) bool {
	t.Helper()
	a.sent++
	rule := map[string]any{"subject": subject, "action": []string{action}}
	maps.Copy(rule, more)
	slug := fmt.Sprintf("role-%d", a.sent)
	switch r := a.server.Call(t, "POST", a.path, a.server.Admin.AccessToken, map[string]any{"slug": slug, "name": slug, "permissions": []any{rule}}); r.Status {
	case 200, 403: // 403: a valid rule that the admin of a project does not cover
		return true
	case 400, 422:
		return false
	default:
		t.Fatalf("%s on %s with %v: %d %v", action, subject, more, r.Status, r.Body)
		return false
	}
}

// operand returns a valid value for each operator.
func operand(key, operator string) any {
	value := "x"
	switch key {
	case "secretPath":
		value = "/x"
	case "assignableAction":
		value = "secrets:edit"
	case "assignableSubject":
		value = "secrets"
	}
	switch operator {
	case "in", "all":
		return []string{value}
	case "elem_match":
		return map[string]any{"key": map[string]any{"$eq": value}}
	}
	return value
}

// TestReferenceAsTheServer compares the page with what the server accepts: every subject with every action, key
// and operator that the page has anywhere in the scope.
func TestReferenceAsTheServer(t *testing.T) {
	t.Parallel()
	server := servertest.Start(t)
	for _, s := range scopes {
		t.Run(string(s.scope), func(t *testing.T) {
			t.Parallel()
			a := &acceptance{server: server, path: "/v1/organization/roles"}
			if s.scope == permission.Project {
				a.path = "/v1/projects/" + server.NewProject(t).ID + "/roles"
			}
			page := readPage(t, s.title)
			if len(page) < 30 {
				t.Fatalf("the page has %d subjects", len(page))
			}
			for _, subject := range slices.Sorted(maps.Keys(page)) {
				a.compare(t, subject, page)
			}
			t.Logf("%d rules", a.sent)
		})
	}
}

func (a *acceptance) compare(t *testing.T, subject string, page map[string]listed) {
	t.Helper()
	l, keys := page[subject], map[string]bool{}
	actions := map[string]bool{"manage-access": true}
	for _, other := range page {
		for _, action := range other.actions {
			actions[action] = true
		}
		for key := range other.keys {
			keys[key] = true
		}
	}
	check := func(want bool, action string, more map[string]any) {
		t.Helper()
		if got := a.accepts(t, subject, action, more); got != want {
			t.Errorf("%s on %s with %v: the server accepts it: %t, the page lists it: %t", action, subject, more, got, want)
		}
	}
	for action := range actions {
		check(slices.Contains(l.actions, action), action, nil)
	}
	check(l.deny, l.actions[0], map[string]any{"inverted": true})
	for key := range keys {
		for _, o := range operatorNames {
			listedKey, known := l.keys[key]
			known = known && slices.Contains(listedKey.operators, o.name)
			of := l.actions
			if !known {
				of = l.actions[:1]
			}
			for _, action := range of {
				check(known && listedKey.takes(action), action, map[string]any{"conditions": map[string]any{key: map[string]any{o.api: operand(key, o.name)}}})
			}
		}
	}
}
