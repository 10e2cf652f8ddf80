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

// TestEveryOperationChecksFirst fails for a method of Service or Method that takes an actor and does anything
// but return view or update, which check the actor's permissions first. Methods without an actor,
// and methods that require nothing of it, are listed here with the reason.
func TestEveryOperationChecksFirst(t *testing.T) {
	t.Parallel()
	const database = "the caller has the database"
	withoutActor := map[string]string{
		"RenewAccessToken":     "the caller has the token",
		"RevokeAccessToken":    "the caller has the token",
		"Authenticate":         "returns the actor",
		"Prepare":              database,
		"Bootstrap":            database,
		"IssueAdminToken":      database,
		"RotateSigningKey":     database,
		"CleanUp":              database,
		"DeleteOldAuditEvents": database,
		"FlushRefusals":        database,
		"OnAuditEvent":         database,
		"Close":                database,
		"SetPlan":              "it is called before the server starts",
		"Ready":                "it reveals nothing",
	}
	withoutRequirement := map[string]string{
		"Organization": "every identity may read its own organization",
		"Project":      "every member may read its project",
		"Projects":     "lists only projects that the actor is a member of",
	}
	events := map[string]string{} // the method by the name of its audit event
	found := 0
	for name, fn := range serviceMethods(t) {
		if !takesActor(fn) {
			if withoutActor[name] == "" {
				t.Errorf("%s takes no Actor, and is not listed with a reason", name)
			}
			delete(withoutActor, name)
			continue
		}
		found++
		required, event := returnedCheck(fn.Body.List)
		switch {
		case required == nil:
			t.Errorf("%s must consist of declarations and one return of view or update", name)
		case isName(required, "requireNothing") && withoutRequirement[name] == "":
			t.Errorf("%s requires nothing of the actor, and is not listed with a reason", name)
		case isName(required, "requireNothing"):
			delete(withoutRequirement, name)
		}
		if literal, ok := event.(*ast.BasicLit); ok {
			if other := events[literal.Value]; other != "" {
				t.Errorf("%s and %s have the same audit event %s", name, other, literal.Value)
			}
			events[literal.Value] = name
		}
	}
	for _, stale := range []map[string]string{withoutActor, withoutRequirement} {
		for name := range stale {
			t.Errorf("%s is listed, but the service has no such method, or it needs no exception", name)
		}
	}
	if found < 40 {
		t.Errorf("found only %d methods with an Actor: does this test still read the service?", found)
	}
}

// returnedCheck returns the requirement, and for update the audit event, that a body of declarations
// and one return of view or update passes on; nil for any other body.
func returnedCheck(body []ast.Stmt) (required, event ast.Expr) {
	for _, s := range body[:len(body)-1] {
		switch s.(type) {
		case *ast.DeclStmt, *ast.AssignStmt:
		default:
			return nil, nil
		}
	}
	last, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) != 1 {
		return nil, nil
	}
	call, ok := last.Results[0].(*ast.CallExpr)
	switch {
	case ok && isName(call.Fun, "view") && len(call.Args) == 6:
		return call.Args[4], nil
	case ok && isName(call.Fun, "update") && len(call.Args) == 7:
		return call.Args[5], call.Args[3]
	}
	return nil, nil
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
			switch receiver := fn.Recv.List[0].Type.(type) {
			case *ast.StarExpr:
				if isName(receiver.X, "Service") {
					methods[fn.Name.Name] = fn
				}
			case *ast.IndexListExpr: // an auth method
				if isName(receiver.X, "Method") {
					methods["Method."+fn.Name.Name] = fn
				}
			}
		}
	}
	return methods
}

func takesActor(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool { return isName(p.Type, "Actor") })
}
