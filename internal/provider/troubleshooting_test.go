// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// summaryAt is which argument of a call is the first line of a diagnostic.
var summaryAt = map[string]int{
	"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1,
	"NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// TestTroubleshooting: the guide has every error and warning of the provider by its first line, and
// every remedy in the client's errors.
func TestTroubleshooting(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "docs", "guides", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	guide, found := string(content), 0
	for _, folder := range []string{".", "crud", "attribute", "lookup", "identity", "auth", "role", "project"} {
		for _, file := range sources(t, folder) {
			assigned := assignments(file)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				called, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				at, ok := summaryAt[called.Sel.Name]
				if !ok || len(call.Args) <= at {
					return true
				}
				summary := wordsOf(call.Args[at], assigned)
				if strings.Trim(summary, "…") == "" {
					return true // that of another diagnostic
				}
				found++
				if !strings.Contains(guide, "`"+summary+"`") {
					t.Errorf("the guide has no entry for %q", summary)
				}
				return true
			})
		}
	}
	remedies := 0
	for _, file := range sources(t, filepath.Join("..", "client")) {
		for _, declared := range file.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || f.Name.Name != "remedy" && f.Name.Name != "candidatesRemedy" {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				said, ok := n.(*ast.ReturnStmt)
				if !ok || len(said.Results) != 1 {
					return true
				}
				words := strings.Trim(wordsOf(said.Results[0], nil), "… ")
				if words == "" {
					return true
				}
				remedies++
				first := words[:min(len(words), 25)]
				if !strings.Contains(guide, "`"+first) {
					t.Errorf("the guide does not have %q", first)
				}
				return true
			})
		}
	}
	t.Logf("%d places in the code, %d remedies", found, remedies)
	if found < 50 || remedies < 10 {
		t.Error("are these still the calls that make diagnostics?")
	}
}

func sources(t *testing.T, folder string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// assignments are what names of a file stand for.
func assignments(file *ast.File) map[string]ast.Expr {
	all := map[string]ast.Expr{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if name, ok := left.(*ast.Ident); ok && len(n.Rhs) == len(n.Lhs) {
					all[name.Name] = n.Rhs[i]
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					all[name.Name] = n.Values[i]
				}
			}
		}
		return true
	})
	return all
}

// wordsOf is a text of the code, with … for what differs.
func wordsOf(e ast.Expr, assigned map[string]ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return wordsOf(e.X, assigned) + wordsOf(e.Y, assigned)
	case *ast.Ident:
		if is, ok := assigned[e.Name].(*ast.BinaryExpr); ok {
			return wordsOf(is, nil)
		}
		if is, ok := assigned[e.Name].(*ast.BasicLit); ok {
			return wordsOf(is, nil)
		}
	}
	return "…"
}
