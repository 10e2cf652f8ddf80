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

// TestEveryOperationChecksFirst fails for a service method that takes an actor and does something
// before it has asked whether the actor may. What has no actor is listed here, with its reason.
func TestEveryOperationChecksFirst(t *testing.T) {
	t.Parallel()
	withoutActor := map[string]string{
		"LoginUniversalAuth": "whoever holds a client secret",
		"RenewAccessToken":   "whoever holds the token",
		"RevokeAccessToken":  "whoever holds the token",
		"Authenticate":       "makes the actor",
		"Prepare":            "whoever holds the database",
		"Bootstrap":          "whoever holds the database",
		"RotateSigningKey":   "whoever holds the database",
	}
	checks := []string{"Must", "MustBelong", "mustManage", "change"}
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
		if !slices.Contains(checks, firstCall(fn.Body.List[0])) {
			t.Errorf("%s must begin with one of %v", name, checks)
		}
	}
	for name := range withoutActor {
		t.Errorf("%s is listed, and no method of the service", name)
	}
	if found < 12 {
		t.Errorf("only %d methods with an Actor were found: does this test still read the service?", found)
	}
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
			if star, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok && star.X.(*ast.Ident).Name == "Service" {
				methods[fn.Name.Name] = fn
			}
		}
	}
	return methods
}

func takesActor(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if id, ok := p.Type.(*ast.Ident); ok && id.Name == "Actor" {
			return true
		}
	}
	return false
}

// firstCall is the name of the function that a statement calls before anything else.
func firstCall(s ast.Stmt) string {
	name := ""
	ast.Inspect(s, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || name != "" {
			return name == ""
		}
		fun := call.Fun
		if inner, ok := fun.(*ast.CallExpr); ok {
			fun = inner.Fun
		}
		switch f := fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		return false
	})
	return name
}
