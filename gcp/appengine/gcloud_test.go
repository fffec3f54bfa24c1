package appengine

import (
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestBesideGcloud: versions of gcloud's and ours lie side by side in a service, and
// either releases over the other.
func TestBesideGcloud(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	g := gcloudtest.New(t, s.Server, "shop", "")
	spec := shop(first)
	file := gcloudtest.File(t, "app.yaml", "runtime: custom\nenv: flex\nreadiness_check: {path: /}\n")
	deploy := "app deploy " + file + " --image-url=" + imageOf(spec, "theirs") + " --version="
	g.All(t, gcloudtest.Want{Command: deploy + "theirs", Has: []string{"Deployed service [default]"}})

	if now, same, err := s.Observe(t.Context(), spec); err != nil || now.Revision != "theirs" || same("sha256:x") {
		t.Errorf("a service of gcloud's: %+v, %v", now, err)
	}
	ours := s.release(t, spec, "ours")
	if !slices.Equal(ours.Before, []release.Share{{Revision: "theirs", Percent: 100}}) {
		t.Errorf("before it served %v", ours.Before)
	}
	g.All(t,
		gcloudtest.Want{Command: "app versions list --format=csv[no-heading](id,traffic_split,version.servingStatus)", Has: []string{"theirs,0.00,STOPPED\n", ours.Revision + ",1.00,SERVING\n"}},
		gcloudtest.Want{Command: "app versions describe --service=default " + ours.Revision, Has: []string{"env: flexible", "runtime: custom", imageOf(spec, "ours")}},
	)
	g.All(t, gcloudtest.Want{Command: deploy + "again", Has: []string{"Stopping version [shop/default/" + ours.Revision + "]"}})

	list, err := s.Revisions(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]release.Revision{}
	for _, r := range list {
		got[r.Name] = r
	}
	if len(got) != 3 || got["again"].Percent != 100 || !got["theirs"].Stopped || !got[ours.Revision].Stopped || got[ours.Revision].Run.ID != "aaaaaaaa" || got["again"].Run.ID != "" {
		t.Errorf("revisions %+v", list)
	}
	r, err := s.Deploy(t.Context(), spec, imageOf(spec, "newer"), run("bbbbbbbb", 9), nil)
	if err != nil || r.Percent != 100 || !slices.Equal(r.Before, []release.Share{{Revision: "again", Percent: 100}}) {
		t.Errorf("a release over gcloud's: %+v, %v", r, err)
	}
}
