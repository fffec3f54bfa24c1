package cifile_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/cifile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

const digest = "@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"

func values(system string) cifile.Values {
	return cifile.Values{
		System: system, Service: "shop", Project: "my-project", Number: "123456789012", Image: "europe-west1-docker.pkg.dev/my-project/gcpdeploy/builder" + digest,
		Branch: "main", Host: map[string]string{ci.GitLab: "gitlab.com"}[system], Repository: "acme/shop",
		Flags: []cifile.Flag{{"source", "dir", "apps/shop"}, {"env", "env", "prod"}},
	}
}

// odd are values that a text may have and that mean something in YAML or a shell.
func odd(system string) cifile.Values {
	v := values(system)
	v.Branch, v.Service = "1.0", "yes"
	v.Flags = []cifile.Flag{{"source", "dir", "a b/#c: d"}, {"memory", "run_memory", "no"}, {"python", "python", "3.10"}}
	return v
}

// TestFiles: the files are as they were, and by their systems' own rules.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, system := range cifile.Systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			file, err := cifile.Render(values(system))
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, []byte(file.Text), filepath.Join("testdata", system+".yml"))
			golden.Equal(t, []byte(strings.Join(cifile.Next(values(system)), "\n")+"\n"), filepath.Join("testdata", system+".sh"))
			judge(t, system, file.Text)
			if file, err = cifile.Render(odd(system)); err != nil {
				t.Fatal(err)
			}
			judge(t, system, file.Text)
			if !cifile.Shows(system) {
				return
			}
			shows := values(system)
			shows.Previews, shows.Gone, shows.RunsAs = true, []string{"--source=apps/shop", "--env=prod"}, "shop@my-project.iam.gserviceaccount.com"
			if file, err = cifile.Render(shows); err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, []byte(file.Text), filepath.Join("testdata", system+"-preview.yml"))
			golden.Equal(t, []byte(strings.Join(cifile.Next(shows), "\n")+"\n"), filepath.Join("testdata", system+"-preview.sh"))
			judge(t, system, file.Text)
			shows = odd(system)
			shows.Previews = true
			if file, err = cifile.Render(shows); err != nil {
				t.Fatal(err)
			}
			judge(t, system, file.Text)
		})
	}
}

// judge asks who knows a system's files: actionlint, and the schemas that
// check-jsonschema brings along, where that is installed.
func judge(t *testing.T, system, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if system == ci.GitHub {
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		faults, err := linter.Lint(path, []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Errorf("%s\n%s", f, text)
		}
	}
	schema := map[string]string{ci.GitHub: "github-workflows", ci.GitLab: "gitlab-ci", ci.Drone: "drone-ci", ci.Woodpecker: "woodpecker-ci"}[system]
	check(t, path, schema)
}

// check holds a file against a schema that is published for it.
func check(t *testing.T, path, schema string) {
	t.Helper()
	program, err := exec.LookPath("check-jsonschema")
	if err != nil {
		if os.Getenv("GCPDEPLOY_REQUIRE_SCHEMAS") == "1" {
			t.Fatal(err)
		}
		t.Log("not held against its schema: " + err.Error())
		return
	}
	args := []string{"--builtin-schema", "vendor." + schema, path}
	if schema == "gitlab-ci" {
		args = append([]string{"--data-transform", "gitlab-ci"}, args...)
	}
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", schema, err, out)
	}
}

// TestAction: GitHub's action is one by its published schema.
func TestAction(t *testing.T) {
	t.Parallel()
	check(t, filepath.Join("..", "..", "action.yml"), "github-actions")
}

func TestUnsafe(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"${{ secrets.X }}", "$HOME", "a'b", "a\nb", "{{a}}"} {
		v := values(ci.GitHub)
		v.Flags = []cifile.Flag{{"source", "dir", text}}
		if _, err := cifile.Render(v); errs.KindOf(err) != errs.Usage {
			t.Errorf("%q: %v", text, err)
		}
	}
}
