package dockerfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

var plain = dockerfile.Data{
	BaseImage: "python:3.12-slim", Python: "3.12", Port: 8080,
	Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"},
}

var full = dockerfile.Data{
	BaseImage: "127.0.0.1:5000/team/python:3.12-slim@sha256:" + strings.Repeat("0a", 32), Python: "3.12", Port: 9000,
	BuildPackages:   []string{"gfortran", "libopenblas-dev", "g++-12"},
	RuntimePackages: []string{"libopenblas0", "libpq5=15.8-0+deb12u1"},
	Slim:            []string{"--slim", "docs,tests", "--whole", "numpy"},
	Own:             []string{"-e /app", "-e '/app/libs/my lib'", `/app/libs/x ; python_version < "3.13"`},
	Entrypoint:      []string{"sh", "-c", `exec gunicorn "shop.wsgi" --bind 0.0.0.0:$PORT && echo '<&>' \`},
}

func render(t testing.TB, name string, d dockerfile.Data) []byte {
	t.Helper()
	got, err := dockerfile.Render(templates.FS, name, d)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]dockerfile.Data{"plain": plain, "full": full} {
		for _, file := range []string{templates.Wheel, templates.Main} {
			t.Run(name+" "+file, func(t *testing.T) {
				t.Parallel()
				golden.Equal(t, render(t, file, d), filepath.Join("testdata", name+"."+file))
			})
		}
	}
}

// parse reads a Dockerfile as BuildKit does.
func parse(t *testing.T, text []byte) (stages []instructions.Stage, args []instructions.ArgCommand) {
	t.Helper()
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	stages, args, err = instructions.Parse(result.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stages, args
}

func TestBuildKitReadsWheel(t *testing.T) {
	t.Parallel()
	for _, d := range []dockerfile.Data{plain, full} {
		stages, args := parse(t, render(t, templates.Wheel, d))
		var names, runs []string
		for _, s := range stages {
			names = append(names, s.Name)
			for _, c := range s.Commands {
				if run, ok := c.(*instructions.RunCommand); ok {
					if run.PrependShell {
						t.Errorf("%s has a RUN that goes through a shell: %v", s.Name, run.CmdLine)
					}
					runs = append(runs, strings.Join(run.CmdLine, " "))
				}
			}
		}
		if want := []string{"none", "earlier", "program", "build", "wheelhouse", "wheels", "installed", "bare", "made", "system", "accounts", "chosen", "spread", "layers", "assembled", "runtime", "tests", "testenv", "resolving", "resolution"}; !slices.Equal(names, want) {
			t.Errorf("stages: %v", names)
		}
		got := map[string]string{}
		for _, a := range args {
			got[a.Args[0].Key] = *a.Args[0].Value
		}
		if diff := cmp.Diff(map[string]string{"BASE": d.BaseImage, "EARLIER": "none", "WHEELS": "wheelhouse", "RUNTIME": "runtime", "SYSTEM": "made", "ASSEMBLED": "assembled"}, got); diff != "" {
			t.Error(diff)
		}
		all := strings.Join(runs, "\n")
		for _, p := range append(d.BuildPackages, d.RuntimePackages...) {
			if !strings.Contains(all, p) {
				t.Errorf("no command holds %s:\n%s", p, all)
			}
		}
		if n := strings.Count(all, " apt "); n != 1 {
			t.Errorf("%d apt commands:\n%s", n, all)
		}
	}
}

func TestBuildKitReadsMain(t *testing.T) {
	t.Parallel()
	words := []string{`"quoted"`, `\`, "$HOME ${PORT}", "new\nline", "]", "<<EOF", "# no comment", "ü\u2028", "{{.Port}}", ""}
	d := plain
	d.Entrypoint = append([]string{"/env/bin/python"}, words...)
	stages, _ := parse(t, append(render(t, templates.Main, d), "LABEL last=1\n"...))
	if len(stages) != 1 || stages[0].BaseName != "${RUNTIME}" {
		t.Fatalf("stages: %+v", stages)
	}
	var layers int
	for _, c := range stages[0].Commands {
		switch c := c.(type) {
		case *instructions.EntrypointCommand:
			if diff := cmp.Diff(d.Entrypoint, []string(c.CmdLine)); diff != "" || c.PrependShell {
				t.Errorf("entrypoint (shell %v):\n%s", c.PrependShell, diff)
			}
		case *instructions.CmdCommand:
			if len(c.CmdLine) > 0 || c.PrependShell {
				t.Errorf("cmd: %+v", c)
			}
		case *instructions.ExposeCommand:
			if !slices.Equal(c.Ports, []string{"8080"}) {
				t.Errorf("expose: %v", c.Ports)
			}
		case *instructions.CopyCommand, *instructions.RunCommand, *instructions.AddCommand:
			layers++
		}
	}
	if layers != 1 {
		t.Errorf("%d layers", layers)
	}
}

func TestRefusesData(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*dockerfile.Data){
		"no base":         func(d *dockerfile.Data) { d.BaseImage = "" },
		"base with space": func(d *dockerfile.Data) { d.BaseImage = "python AS x" },
		"base with line":  func(d *dockerfile.Data) { d.BaseImage = "python\nRUN id" },
		"base with var":   func(d *dockerfile.Data) { d.BaseImage = "${X}" },
		"base flag":       func(d *dockerfile.Data) { d.BaseImage = "--platform=x" },
		"python":          func(d *dockerfile.Data) { d.Python = "3.12; id" },
		"package flag":    func(d *dockerfile.Data) { d.RuntimePackages = []string{"-oX=y"} },
		"package space":   func(d *dockerfile.Data) { d.BuildPackages = []string{"gcc make"} },
		"package case":    func(d *dockerfile.Data) { d.BuildPackages = []string{"Gcc"} },
		"package version": func(d *dockerfile.Data) { d.BuildPackages = []string{"gcc=$(id)"} },
		"package path":    func(d *dockerfile.Data) { d.BuildPackages = []string{"./x.deb"} },
		"no port":         func(d *dockerfile.Data) { d.Port = 0 },
		"high port":       func(d *dockerfile.Data) { d.Port = 65536 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plain
			change(&d)
			_, err := dockerfile.Render(templates.FS, templates.Wheel, d)
			if errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, errs.HintOf(err))
			}
		})
	}
}

func TestRefusesTemplate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want, excerpt string }{
		"unknown field":    {"FROM x\nUSER {{.User}}\n", "deploy/main.Dockerfile:2:8: <.User>: can't evaluate field User in type dockerfile.Data", "USER {{.User}}"},
		"unknown function": {"{{upper .BaseImage}}", `deploy/main.Dockerfile:1: function "upper" not defined`, "{{upper .BaseImage}}"},
		"not closed":       {"FROM x\n\n{{if .Port}}\n", "deploy/main.Dockerfile:4: unexpected EOF", ""},
		"wrong json":       {"{{json .Port}}", "deploy/main.Dockerfile:1:3: <json .Port>: error calling json: json takes strings and lists of strings, not int", "{{json .Port}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := where{fstest.MapFS{templates.Main: {Data: []byte(c.text)}}}
			_, err := dockerfile.Render(dockerfile.Layers{fsys, templates.FS}, templates.Main, plain)
			if err == nil || err.Error() != c.want || errs.KindOf(err) != errs.Usage {
				t.Fatalf("got  %v\nwant %s", err, c.want)
			}
			if !strings.Contains(errs.HintOf(err), ".Entrypoint") || errs.PlaceOf(err).Excerpt != c.excerpt {
				t.Errorf("hint %q, excerpt %q", errs.HintOf(err), errs.PlaceOf(err).Excerpt)
			}
		})
	}
}

type where struct{ fs.FS }

func (where) Where(name string) string { return "deploy/" + name }

func TestProgram(t *testing.T) {
	t.Parallel()
	ours := fstest.MapFS{"program/__main__.py": {Data: []byte("ours")}, "program/pip.py": {Data: []byte("ours")}}
	own := fstest.MapFS{"program/pip.py": {Data: []byte("own")}, "program/more.py": {Data: []byte("own")},
		"program/__pycache__/pip.pyc": {}, "program/README": {}}
	got, err := dockerfile.Program(dockerfile.Layers{own, fstest.MapFS{}, ours}, "program")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{"program/__main__.py": []byte("ours"), "program/pip.py": []byte("own"), "program/more.py": []byte("own")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := dockerfile.Program(dockerfile.Layers{own}, "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is nowhere: %v", err)
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, templates.Main)
	if err := os.WriteFile(path, []byte("FROM own\nEXPOSE {{.Port}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	layers := dockerfile.Layers{dockerfile.Folder(dir), templates.FS}
	got, err := dockerfile.Render(layers, templates.Main, plain)
	if err != nil || string(got) != "FROM own\nEXPOSE 8080\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err = dockerfile.Render(layers, templates.Wheel, plain); err != nil || !bytes.Equal(got, render(t, templates.Wheel, plain)) {
		t.Errorf("the other template is not ours: %v", err)
	}
	if layers.Where(templates.Main) != path || layers.Where(templates.Wheel) != templates.Wheel {
		t.Errorf("where: %s, %s", layers.Where(templates.Main), layers.Where(templates.Wheel))
	}
	_, err = dockerfile.Render(layers, "other.Dockerfile", plain)
	if !errors.Is(err, fs.ErrNotExist) || errs.KindOf(err) != errs.Usage {
		t.Errorf("got %v", err)
	}
}
