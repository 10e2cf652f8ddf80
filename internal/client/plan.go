// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
)

// PlanLacks returns what the plan of the server does not include, such as "custom roles", if the server
// rejected the request for that reason, else "".
func PlanLacks(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Lacks
	}
	return ""
}

// planRefusal matches the messages of plans, which have no name of their own: "Failed to create custom role
// due to plan RBAC restriction. Upgrade plan to create custom roles."
var planRefusal = regexp.MustCompile(`(?i)\bplan (\w+ )?(restriction|limit)|upgrade (your )?(current )?plan`)

// gated are words of a message or a path for what plans gate, the most specific first.
var gated = []struct{ word, feature string }{
	{"ip access range", "trusted IPs"}, {"trusted ip", "trusted IPs"}, {"allowlist", "trusted IPs"},
	{"folder", "folder access"}, {"group", "groups"},
	{"identity limit", "more identities"}, {"workspace", "more projects"}, {"project limit", "more projects"},
	{"custom role", "custom roles"}, {"rbac", "custom roles"}, {"/roles", "custom roles"},
}

func planLacks(e *Error) string {
	if e.Status != http.StatusBadRequest || !planRefusal.MatchString(e.Message) {
		return ""
	}
	for _, text := range []string{e.Message, e.Path} {
		for _, g := range gated {
			if strings.Contains(strings.ToLower(text), g.word) {
				return g.feature
			}
		}
	}
	return "this feature"
}

// planRemedy returns what to do about something that the plan of the server does not include.
func planRemedy(lacks string) string {
	text := "Change the plan or the license of the server, or remove " + lacks + " from the configuration."
	switch lacks {
	case "custom roles":
		text += " Built-in roles, such as member and viewer, are in every plan."
	case "trusted IPs":
		text += " Every plan accepts 0.0.0.0/0 and ::/0 together, which is the default."
	case "folder access":
		text += " A machineid_project_role with a condition on secretPath also limits access to a folder."
	}
	return text
}
