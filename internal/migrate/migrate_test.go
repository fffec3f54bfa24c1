package migrate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/migrate"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const want = `# Written from app.yaml by ` + "`gcpdeploy init --from`" + `; the lines it comes from are beside it.
target: here
service: api  # app.yaml:3
python: "3.10"  # app.yaml:1
entrypoint: "gunicorn -b \":$PORT\" main:app # x"  # app.yaml:4
start: {path: "/healthz"}  # app.yaml:6
shelf:
  size: 512Mi  # app.yaml:9
  count: 2
  word: "on"
  open: true
  env:
    A: "True"
    "ON": "two\nlines: # no comment"
environments:
  old:
    target: there
    cupboard:
      service: default

# What changes, or has no counterpart:
# app.yaml:7: a note
`

// TestText: what is text to App Engine is text in what is written, and each line says
// where it comes from.
func TestText(t *testing.T) {
	t.Parallel()
	f, err := appyaml.Parse("app.yaml", []byte(`runtime: python
env: flex
service: api
entrypoint: 'gunicorn -b ":$PORT" main:app # x'
readiness_check:
  path: /healthz
runtime_config: {runtime_version: 3.10}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := migrate.Text(f, "unused", []migrate.To{
		{Target: "here", Section: "shelf", Import: release.Import{Settings: []config.Said{
			{Name: "service", Ours: true, Text: "api", Place: errs.Place{Line: 3}}, {Name: "size", Text: "512Mi", Place: errs.Place{Line: 9}}, {Name: "count", Text: "2"}, {Name: "word", Text: "on"}, {Name: "open", Text: "true"},
			{Name: "env", Map: []config.Said{{Name: "A", Text: "True"}, {Name: "ON", Text: "two\nlines: # no comment"}}},
		}, Notes: []string{"app.yaml:7: a\nnote"}}},
		{Target: "there", Section: "cupboard", Import: release.Import{Env: "old", Settings: []config.Said{{Name: "service", Text: "default"}}}},
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestTextOfNothing: what the file does not say is left to be found.
func TestTextOfNothing(t *testing.T) {
	t.Parallel()
	f, err := appyaml.Parse("app.yaml", []byte("runtime: python37\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := migrate.Text(f, "gunicorn main:app", []migrate.To{{Target: "here", Section: "shelf"}})
	want := "# Written from app.yaml by `gcpdeploy init --from`; the lines it comes from are beside it.\ntarget: here\nentrypoint: \"gunicorn main:app\"\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
