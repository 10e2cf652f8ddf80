// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEveryOperationChecksFirst fails for a service method that takes an actor and does anything
// but hand its work to look or change, which ask whether the actor may before they do it. What has
// no actor, and what demands nothing of one, is listed here with its reason.
func TestEveryOperationChecksFirst(t *testing.T) {
	t.Parallel()
	withoutActor := map[string]string{
		"LoginUniversalAuth": "whoever holds a client secret",
		"LoginOIDCAuth":      "whoever holds what the issuer signed",
		"RenewAccessToken":   "whoever holds the token",
		"RevokeAccessToken":  "whoever holds the token",
		"Authenticate":       "makes the actor",
		"Prepare":            "whoever holds the database",
		"Bootstrap":          "whoever holds the database",
		"IssueAdminToken":    "whoever holds the database",
		"RotateSigningKey":   "whoever holds the database",
		"CleanUp":            "whoever holds the database",
		"ForgetAuditEvents":  "whoever holds the database",
		"KeepRefusals":       "whoever holds the database",
		"TellAudit":          "whoever holds the database",
		"Ready":              "everybody: it tells nothing",
		"Close":              "whoever holds the database",
	}
	forEverybody := map[string]string{
		"Organization":      "everybody may know where they are",
		"Project":           "every member may know where they are",
		"Projects":          "lists only those that the actor is a member of",
		"SearchMemberships": "finds only what the actor may read",
	}
	found := 0
	for name, fn := range serviceMethods(t) {
		if !takesActor(fn) {
			if withoutActor[name] == "" {
				t.Errorf("%s takes no Actor and has no reason in this list", name)
			}
			delete(withoutActor, name)
			continue
		}
		found++
		demanded := handsOn(fn.Body.List)
		switch {
		case demanded == nil:
			t.Errorf("%s must be declarations and then one return of look or change", name)
		case isName(demanded, "everybody") && forEverybody[name] == "":
			t.Errorf("%s demands nothing of the actor and has no reason in this list", name)
		case isName(demanded, "everybody"):
			delete(forEverybody, name)
		}
	}
	for _, stale := range []map[string]string{withoutActor, forEverybody} {
		for name := range stale {
			t.Errorf("%s is listed, and no such method of the service", name)
		}
	}
	if found < 40 {
		t.Errorf("only %d methods with an Actor were found: does this test still read the service?", found)
	}
}

// handsOn answers the demand that a body of declarations and one return of look or change hands
// over, or nil for any other body.
func handsOn(body []ast.Stmt) ast.Expr {
	for _, s := range body[:len(body)-1] {
		switch s.(type) {
		case *ast.DeclStmt, *ast.AssignStmt:
		default:
			return nil
		}
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) != 1 {
		return nil
	}
	call, ok := last.Results[0].(*ast.CallExpr)
	if !ok || len(call.Args) != 6 || !slices.ContainsFunc([]string{"look", "change"}, func(name string) bool { return isName(call.Fun, name) }) {
		return nil
	}
	return call.Args[4]
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func serviceMethods(t *testing.T) map[string]*ast.FuncDecl {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string]*ast.FuncDecl{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() {
				continue
			}
			if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok && isName(star.X, "Service") {
				methods[fn.Name.Name] = fn
			}
		}
	}
	return methods
}

func takesActor(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool { return isName(p.Type, "Actor") })
}
