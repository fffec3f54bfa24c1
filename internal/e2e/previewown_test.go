package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestOwnPreviews: previews that are services of their own are smaller, come and go without
// the service that they are of being written, take the place of no other service, and go
// once their time is over.
func TestOwnPreviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	const settings = "run: {allow_unauthenticated: true, min_instances: 2, max_instances: 9, env: {MODE: prod, PLACE: here}}\n" +
		"canary: {steps: [50], pause: 1s}\njobs: {tidy: {command: [tidy]}}\n" +
		"preview: {as: service, ttl: 72h, run: {env: {MODE: preview}, memory: 256Mi}}\n"
	w.inSettings(t, settings)
	first := w.run(t.Context(), w.app, "--preview", "early").wait(t, 0) // before anything serves
	if got := w.answer(t, first.URL); got.Text != "one" {
		t.Errorf("%+v", got)
	}
	w.command(t.Context(), w.of("status")).text(t, 1)

	// A pull request is shown, and gone when it is closed; a stranger's is not.
	if text := w.commandIn(t.Context(), w.pullRequest("mallory/hello", false), w.of("up", "--preview", "auto")).text(t, 2); !strings.Contains(text, "another repository, mallory/hello") {
		t.Error(text)
	}
	own := w.pullRequest("acme/hello", false)
	w.commandIn(t.Context(), own, w.of("up", "--preview", "auto")).text(t, 0)
	if text := w.command(t.Context(), w.of("preview", "list")).text(t, 0); !strings.Contains(text, "pr-12 ") || !strings.Contains(text, "hello-pr-12-00001") {
		t.Error(text)
	}
	if text := w.commandIn(t.Context(), own, w.of("preview", "delete", "auto")).text(t, 0); !strings.Contains(text, "preview pr-12 is gone") {
		t.Error(text)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	before := w.service(t, "hello")

	const many = 3
	var runs [many]*up
	for n := range many {
		app := w.newApp(t, "hello", fmt.Sprint("preview", n))
		settingsOf(t, app, settings)
		runs[n] = w.run(t.Context(), app, "--preview", fmt.Sprint("p-", n))
	}
	for n, u := range runs {
		r := u.wait(t, 0)
		if got := w.answer(t, r.URL); got.Text != fmt.Sprint("preview", n) || r.Status != "released" {
			t.Errorf("%s answers %+v; %+v", r.URL, got, r)
		}
	}
	if diff := cmp.Diff(before, w.service(t, "hello"), protocmp.Transform()); diff != "" {
		t.Errorf("the service was written:\n%s", diff)
	}
	p := w.service(t, "hello-p-1").GetTemplate()
	env := map[string]string{}
	for _, v := range p.GetContainers()[0].GetEnv() {
		env[v.GetName()] = v.GetValue()
	}
	if s := p.GetScaling(); s.GetMinInstanceCount() != 0 || s.GetMaxInstanceCount() != 1 || env["MODE"] != "preview" || env["PLACE"] != "here" || p.GetContainers()[0].GetResources().GetLimits()["memory"] != "256Mi" {
		t.Errorf("%v", p)
	}
	if text := w.command(t.Context(), w.of("job", "list")).text(t, 0); !strings.Contains(text, "tidy") || strings.Contains(text, "p-1") {
		t.Error(text)
	}

	again := w.newApp(t, "hello", "changed")
	settingsOf(t, again, settings)
	r := w.run(t.Context(), again, "--preview", "p-1").wait(t, 0)
	if got := w.answer(t, r.URL); got.Text != "changed" || r.URL != w.service(t, "hello-p-1").GetUri() {
		t.Errorf("%s answers %+v", r.URL, got)
	}
	if r := w.run(t.Context(), again, "--preview", "p-1").wait(t, 0); r.Status != "nothing_to_do" || r.URL == "" {
		t.Errorf("once more: %+v", r)
	}

	// What is no preview of the service is in nobody's way.
	w.run(t.Context(), w.newApp(t, "hello-shop", "shop")).wait(t, 0)
	if text := w.command(t.Context(), w.of("up", "--preview", "shop")).text(t, 2); !strings.Contains(text, "there is a service hello-shop, which is no preview shop of hello") {
		t.Error(text)
	}
	listed := func() (names string) {
		t.Helper()
		var all []struct{ Name, URL, Service, Expires string }
		if err := json.Unmarshal([]byte(w.command(t.Context(), w.of("preview", "list", "--json")).text(t, 0)), &all); err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if names += p.Name + " "; p.Service != "hello-"+p.Name || p.URL == "" || p.Expires == "" {
				t.Errorf("%+v", p)
			}
		}
		return names
	}
	if got := listed(); got != "early p-0 p-1 p-2 " {
		t.Errorf("there are %s", got)
	}
	if text := w.command(t.Context(), w.of("preview", "delete", "early")).text(t, 0); !strings.Contains(text, "preview early is gone, with the service hello-early") {
		t.Error(text)
	}

	// One whose time is over goes with the next release, others stay.
	target := run.NewTarget(w.access)
	s := w.plan(t, w.app).Release
	s.Service, s.Jobs, s.Preview = "hello-old", []config.Job{}, &release.Preview{Name: "old", Of: "hello", Seconds: 60}
	if _, err := target.Deploy(t.Context(), s, before.GetTemplate().GetContainers()[0].GetImage(), release.Run{ID: "old", Started: time.Now().Add(-time.Hour)}, nil); err != nil {
		t.Fatal(err)
	}
	if got := listed(); got != "old p-0 p-1 p-2 " {
		t.Errorf("there are %s", got)
	}
	w.change(t, "two")
	w.run(t.Context(), w.app).says(t, "the time of the preview old is over: the service hello-old is deleted")
	if got := listed(); got != "p-0 p-1 p-2 " {
		t.Errorf("there are %s", got)
	}

	// A service that was a preview, and is released to as itself, is none any more.
	w.run(t.Context(), w.newApp(t, "hello-p-2", "mine")).wait(t, 0)
	w.command(t.Context(), w.of("preview", "delete", "--all")).text(t, 0)
	if text := w.command(t.Context(), w.of("preview", "list", "--json")).text(t, 0); strings.TrimSpace(text) != "[]" {
		t.Errorf("there are %s", text)
	}
	services, err := run.NewTarget(w.access).Uses(t.Context(), project, region)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, u := range services {
		there[u.Service] = true
	}
	if diff := cmp.Diff(map[string]bool{"hello": true, "hello-shop": true, "hello-p-2": true}, there); diff != "" {
		t.Errorf("services, -want +got:\n%s", diff)
	}
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("it serves %+v", got)
	}
}
