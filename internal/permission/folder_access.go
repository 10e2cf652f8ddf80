// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"regexp"
	"slices"
)

// Folder access replaces, in one folder of one environment, what roles and privileges allow there. It
// is a level of its own behind all rules. Contract: section 6 of the appendix on newer servers, and
// https://infisical.com/docs/documentation/platform/access-controls/folder-rbac.

// SecretFolders is the subject of folders, and ManageAccess the action on it that managing access to
// them requires. Custom roles cannot have it.
const (
	SecretFolders = "secret-folders"
	ManageAccess  = "manage-access"
)

// FolderLevel is a level of access to a folder. Each level includes those before it.
type FolderLevel string

// The levels, the lowest first.
const (
	FolderList       FolderLevel = "list"
	FolderRead       FolderLevel = "read"
	FolderEdit       FolderLevel = "edit"
	FolderManage     FolderLevel = "manage"
	FolderFullAccess FolderLevel = "full-access"
)

type levelRules struct {
	level FolderLevel
	rules Rules
}

// folderLevels has what each level allows beside what the levels before it allow. The server's lowest
// level also allows to read tags, which belong to no folder.
var folderLevels = []levelRules{
	{FolderList, Rules{
		{Subject: Secrets, Actions: []string{DescribeSecret}},
		{Subject: "secret-imports", Actions: []string{Read}},
		{Subject: "secret-syncs", Actions: []string{Read}},
		{Subject: "secret-rotation", Actions: []string{Read}},
		{Subject: "honey-tokens", Actions: []string{Read}},
	}},
	{FolderRead, Rules{
		{Subject: Secrets, Actions: []string{ReadValue}},
		{Subject: "commits", Actions: []string{Read}},
		{Subject: "dynamic-secrets", Actions: []string{"lease"}},
		{Subject: "secret-event-subscriptions", Actions: []string{
			"subscribe-to-creation-events", "subscribe-to-update-events", "subscribe-to-deletion-events", "subscribe-to-import-mutation-events",
		}},
	}},
	{FolderEdit, Rules{
		{Subject: Secrets, Actions: []string{Create, Edit, Delete}},
		{Subject: "secret-imports", Actions: []string{Create, Edit, Delete}},
	}},
	{FolderManage, Rules{
		{Subject: "secret-rotation", Actions: []string{Create, Edit, Delete, "rotate-secrets", "read-generated-credentials"}},
		{Subject: "dynamic-secrets", Actions: []string{"read-root-credential", "create-root-credential", "edit-root-credential", "delete-root-credential"}},
		{Subject: "honey-tokens", Actions: []string{Create, Edit, "reset", "revoke", "read-credentials"}},
		{Subject: "secret-syncs", Actions: []string{Create, Edit, Delete, "sync-secrets", "import-secrets", "remove-secrets"}},
	}},
	{FolderFullAccess, Rules{
		{Subject: SecretFolders, Actions: []string{ManageAccess, Delete}},
	}},
}

// replacedInFolders are the subjects on which a grant alone decides in its folder.
var replacedInFolders = []string{
	Secrets, SecretFolders, "secret-imports", "dynamic-secrets", "secret-syncs", "secret-rotation", "secret-event-subscriptions", "honey-tokens",
}

// FolderLevels lists the levels, the lowest first.
func FolderLevels() []string {
	levels := make([]string, len(folderLevels))
	for n, l := range folderLevels {
		levels[n] = string(l.level)
	}
	return levels
}

// In returns the grant of the level in a folder. An unknown level allows nothing.
func (level FolderLevel) In(environment, path string) FolderGrant {
	g := FolderGrant{Environment: environment, Path: path}
	n := slices.IndexFunc(folderLevels, func(l levelRules) bool { return l.level == level })
	for _, l := range folderLevels[:n+1] {
		for _, r := range l.rules {
			r.Conditions = g.condition()
			g.Rules = append(g.Rules, r)
		}
	}
	return g
}

// FolderGrant is access to exactly one folder, not to those inside it.
type FolderGrant struct {
	Environment, Path string
	Rules             Rules // what it allows, under the condition of the folder
}

// FolderGrants are those of one identity in one project.
type FolderGrants []FolderGrant

// Allow reports whether an identity with these rules and grants may do p on the object with these
// attributes: in the folder of a grant what the grant allows, and elsewhere what the rules allow.
// Servers disregard the grants of project admins; so must the caller.
func (gs FolderGrants) Allow(rs Rules, p Permission, a Attributes) bool {
	if g, ok := gs.Deciding(p, a); ok {
		return g.Rules.Allow(p, a)
	}
	return rs.Allow(p, a)
}

// Deciding returns the grant that decides about p instead of the rules, if there is one.
func (gs FolderGrants) Deciding(p Permission, a Attributes) (FolderGrant, bool) {
	for _, g := range gs {
		isThere := a["environment"] == Text(g.Environment) && a[secretPath] == Text(g.Path)
		if isThere && (g.Rules.Allow(p, a) || slices.Contains(replacedInFolders, p.Subject)) {
			return g, true
		}
	}
	return FolderGrant{}, false
}

// Denials returns rules that deny everything that the grant decides in its folder.
func (g FolderGrant) Denials() Rules {
	denials := make(Rules, len(replacedInFolders))
	for n, subject := range replacedInFolders {
		actions := Actions(Project, subject)
		if subject == SecretFolders && !slices.Contains(actions, ManageAccess) {
			actions = append(actions, ManageAccess)
		}
		denials[n] = Rule{Subject: subject, Actions: actions, Inverted: true, Conditions: g.condition()}
	}
	return denials
}

func (g FolderGrant) condition() Conditions {
	return Conditions{
		{Key: "environment", Tests: []Test{NewTest(Eq, g.Environment)}},
		{Key: secretPath, Tests: []Test{NewTest(Eq, g.Path)}},
	}
}

// MaxFolderPath is the maximum length of a path, in characters.
const MaxFolderPath = 1024

var folderPath = regexp.MustCompile(`^(/|(/[A-Za-z0-9_-]+)+)$`)

// IsFolderPath reports whether a path is that of a folder: / or names of letters, digits, hyphens and
// underscores, each after a slash.
func IsFolderPath(path string) bool {
	return len(path) <= MaxFolderPath && folderPath.MatchString(path)
}
