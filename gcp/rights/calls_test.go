package rights_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/storage"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// TestEveryCallHasItsRight: a call that a client makes has a row in the table,
// and a row is for a call that is made. Calls of the generated clients are known by
// their requests, those of the storage library and of the registry protocol by
// their methods, and those that are written by hand by their verbs or by the name that
// they give themselves.
func TestEveryCallHasItsRight(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	folders, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(folders, "../../gcp") {
		if name := filepath.Base(folder); name != "worker" && name != "emulator" {
			for _, call := range callsOf(t, folder) {
				made[name+"."+call] = true
			}
		}
	}
	if len(made) < 30 {
		t.Fatalf("found %d calls only: %v", len(made), made)
	}
	needs := map[string]bool{}
	for _, r := range rights.Table() {
		if len(r.Calls) == 0 {
			t.Errorf("no call needs %s: %s", r.Who, r.Permission)
		}
		for _, call := range r.Calls {
			needs[call] = true
			from, _, _ := strings.Cut(call, ".")
			if !made[call] && call != rights.EveryCall && from != "worker" && from != "service" {
				t.Errorf("nobody makes the call %s, which is to need %s", call, r.Permission)
			}
		}
	}
	for _, call := range slices.Sorted(maps.Keys(made)) {
		if !needs[call] {
			t.Errorf("%s is called, and no row of the table says which permission it needs", call)
		}
	}
}

// objects are the methods of the storage library that ask a server.
var objects = func() map[string]bool {
	all := map[string]bool{}
	for _, of := range []any{&storage.Client{}, &storage.BucketHandle{}, &storage.ObjectHandle{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumMethod() {
			if m := typ.Method(i); m.Type.NumIn() > 1 && m.Type.In(1).Name() == "Context" {
				all[m.Name] = true
			}
		}
	}
	return all
}()

// images are those of go-containerregistry's pullers and pushers.
var images = map[string]bool{"Get": true, "Head": true, "List": true, "Layer": true, "Push": true, "Upload": true, "Delete": true}

// of maps what a package imports to the methods that are calls in it.
var of = map[string]map[string]bool{
	"cloud.google.com/go/storage":                          objects,
	"github.com/google/go-containerregistry/pkg/v1/remote": images,
}

// verb ends the URL of a method that is more than reading or writing a resource.
var verb = regexp.MustCompile(`^[^ ]*:([a-z]+(?:[A-Z][a-z]+)+)$`)

// callsOf gives the calls that a package makes.
func callsOf(t *testing.T, folder string) (calls []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	methods := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			maps.Copy(methods, of[path])
		}
	}
	for _, f := range files {
		calls = append(calls, callsIn(f, methods)...)
		if name := filepath.Base(folder); name == "project" || name == "trigger" {
			calls = append(calls, methodsIn(f)...)
		}
	}
	return calls
}

// methodsIn are the methods of gcp/project and gcp/trigger, which make their calls
// without a generated client: each is a call.
func methodsIn(f *ast.File) (calls []string) {
	for _, d := range f.Decls {
		m, ok := d.(*ast.FuncDecl)
		if ok && m.Recv != nil && m.Name.IsExported() && len(m.Type.Params.List) > 0 && isContext(m.Type.Params.List[0].Names[0]) {
			calls = append(calls, m.Name.Name)
		}
	}
	return calls
}

func callsIn(f *ast.File, methods map[string]bool) (calls []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit: // &runpb.GetServiceRequest{…}
			s, ok := n.Type.(*ast.SelectorExpr)
			if !ok {
				break
			}
			from, ok := s.X.(*ast.Ident)
			if name, is := strings.CutSuffix(s.Sel.Name, "Request"); ok && is && strings.HasSuffix(from.Name, "pb") {
				calls = append(calls, name)
			}
		case *ast.KeyValueExpr: // Call: "appengine.GetApplication"
			key, ok := n.Key.(*ast.Ident)
			text, is := n.Value.(*ast.BasicLit)
			if !ok || !is || key.Name != "Call" {
				break
			}
			call, _ := strconv.Unquote(text.Value)
			if _, name, dotted := strings.Cut(call, "."); dotted && strings.HasPrefix(call, f.Name.Name+".") {
				calls = append(calls, name)
			}
		case *ast.BasicLit: // "…:generateAccessToken"
			text, _ := strconv.Unquote(n.Value)
			if m := verb.FindStringSubmatch(text); n.Kind == token.STRING && m != nil {
				calls = append(calls, strings.ToUpper(m[1][:1])+m[1][1:])
			}
		case *ast.CallExpr: // g.Bucket(b).Object(o).Attrs(ctx)
			s, ok := n.Fun.(*ast.SelectorExpr)
			if ok && methods[s.Sel.Name] && len(n.Args) > 0 && isContext(n.Args[0]) && !isReceiver(f, s.X) {
				calls = append(calls, s.Sel.Name)
			}
		}
		return true
	})
	return calls
}

func isContext(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "ctx"
}

// isReceiver says whether a method is called on a receiver of the file's own: c.Update.
func isReceiver(f *ast.File, e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		m, ok := d.(*ast.FuncDecl)
		return ok && m.Recv != nil && len(m.Recv.List[0].Names) > 0 && m.Recv.List[0].Names[0].Name == id.Name
	})
}
