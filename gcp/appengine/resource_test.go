package appengine

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// document is an application as its API answers, without what differs by project.
func (s stage) document(t *testing.T, project string) map[string]any {
	t.Helper()
	var all map[string]any
	if err := s.api.Call(t.Context(), "looking", http.MethodGet, "v1/apps/"+project, nil, &all); err != nil {
		t.Fatal(err)
	}
	for name, v := range all {
		if text, ok := v.(string); ok {
			all[name] = strings.ReplaceAll(text, project, "PROJECT")
		}
	}
	return all
}

// TestApplicationOfGcloud: the command that is printed makes what setup makes, and
// either finds it there.
func TestApplicationOfGcloud(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	g := gcloudtest.New(t, s.Server, "theirs", "")
	ours, theirs := home{s.Target, "ours", "europe-west1", "europe-west"}, home{s.Target, "theirs", "europe-west1", "europe-west"}
	for range 2 { // as after an answer that was lost
		if err := ours.Make(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	now, err := theirs.Observe(t.Context())
	if err != nil || now.Found != setup.Missing || now.Detail != "in europe-west, for ever" {
		t.Fatalf("before: %+v, %v", now, err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", strings.Join(theirs.Commands(now), "\n"))
	cmd.Env = g.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(s.document(t, "ours"), s.document(t, "theirs")); diff != "" {
		t.Errorf("-setup +gcloud:\n%s", diff)
	}
	if now, err = theirs.Observe(t.Context()); err != nil || now.Found != setup.Present || theirs.Commands(now) != nil {
		t.Errorf("after: %+v, %v", now, err)
	}
}

// TestApplication: what setup cannot mend says what does, and is no success.
func TestApplication(t *testing.T) {
	t.Parallel()
	s := newStage(t) // has the application of shop, in europe-west
	h := home{s.Target, "shop", "europe-west1", ""}
	see := func(h home, found setup.Found, detail, fix string) {
		t.Helper()
		now, err := h.Observe(t.Context())
		if err != nil || now.Found != found || now.Detail != detail || !strings.Contains(now.Fix, fix) || (fix == "") != (now.Fix == "") || now.Ours {
			t.Errorf("%+v, %v", now, err)
		}
	}
	see(h, setup.Present, "in europe-west", "")
	h.region = "us-central1"
	see(h, setup.Present, "in europe-west, while builds and images are in us-central1", "")
	h.location = "us-central"
	see(h, setup.Differs, "is in europe-west for ever, and app_engine.location says us-central", "Take app_engine.location out")
	if err := h.Make(t.Context()); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "is in europe-west for ever") {
		t.Errorf("somebody else was first, elsewhere: %v", err)
	}
	mars := home{s.Target, "mars", "europe-west1", "mars-north1"}
	if err := mars.Make(t.Context()); errs.KindOf(err) != errs.Usage || !strings.Contains(errs.HintOf(err), "gcloud app regions list") {
		t.Errorf("a location that there is not: %v, %s", err, errs.HintOf(err))
	}
	h.location = ""
	if err := s.api.Do(t.Context(), gcp.Request{Doing: "disabling", Method: http.MethodPatch, Path: "v1/apps/shop?updateMask=servingStatus", Body: map[string]string{"servingStatus": "USER_DISABLED"}}); err != nil {
		t.Fatal(err)
	}
	see(h, setup.Differs, "is disabled, and takes no deploys", "https://console.cloud.google.com/appengine/settings?project=shop")

	all, proposed, err := h.Choice().Answers(t.Context())
	if err != nil || proposed != "us-central" || len(all) < 10 {
		t.Errorf("the choice: %v, %s, %v", all, proposed, err)
	}
	if text := h.Choice().Take("us-central").Terraform(); !strings.Contains(text, `location_id = "us-central"`) {
		t.Errorf("as it is chosen:\n%s", text)
	}
}
