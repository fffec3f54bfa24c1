package e2e

import (
	"strings"
	"testing"

	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
)

// TestScheduleRights: in a project that its owner set up, somebody with the roles for
// it schedules a refresh, which runs as setup's accounts. Then each role is taken
// away, and something says which it was and whose.
func TestScheduleRights(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	w.settings(t, "start: {path: /}\n")
	w.setup(t)
	if exit, text := w.deploy(t); exit != 0 {
		t.Fatal(text)
	}
	// Schedules are no part of setup; who makes the first makes what they need.
	create := []string{"schedule", "create", "--schedule", "0 3 * * *"}
	if text := w.command(t.Context(), w.of(create...)).text(t, 2); !strings.Contains(text, "schedules need more in demo than it has (APIs)") {
		t.Errorf("before the API is enabled:\n%s", text)
	}
	w.command(t.Context(), w.of(append(create, "--yes")...)).text(t, 0)

	person, account := "serviceAccount:"+deployer, "serviceAccount:"+scheduler
	const (
		admin = "roles/cloudscheduler.admin"
		user  = "roles/iam.serviceAccountUser"
	)
	robot := w.ServiceAccount(scheduler)
	change := func(on cloud.Resource, g cloud.Grant, how func(*cloud.Policy, cloud.Grant) bool) {
		t.Helper()
		if err := w.Change(t.Context(), on, func(p *cloud.Policy) bool { return how(p, g) }); err != nil {
			t.Fatal(err)
		}
	}
	hours := 3
	again := func(t *testing.T) (int, string) {
		t.Helper()
		hours++
		return w.try(t, "schedule", "create", "--schedule", "0 "+string(rune('0'+hours))+" * * *")
	}
	run := func(t *testing.T) (int, string) { t.Helper(); return w.try(t, "schedule", "run", "--wait") }
	change(w.Itself(), cloud.Grant{Role: admin, Member: person}, (*cloud.Policy).Add)
	change(robot, cloud.Grant{Role: user, Member: person}, (*cloud.Policy).Add)
	for _, all := range []func(*testing.T) (int, string){again, run} {
		if exit, text := all(t); exit != 0 {
			t.Fatalf("with all roles it ends with %d:\n%s", exit, text)
		}
	}
	for _, c := range []struct {
		name string
		on   cloud.Resource
		cloud.Grant
		does func(*testing.T) (int, string)
		says []string
	}{
		{"to change schedules", w.Itself(), cloud.Grant{Role: admin, Member: person}, again, []string{"cloudscheduler", deployer}},
		{"to act as the account", robot, cloud.Grant{Role: user, Member: person}, again, []string{user, scheduler, deployer}},
		{"to create builds", w.Itself(), cloud.Grant{Role: "roles/cloudbuild.builds.editor", Member: account}, run, []string{"roles/cloudbuild.builds.editor", scheduler}},
		{"to act as the builds' account", w.ServiceAccount(builds), cloud.Grant{Role: user, Member: account}, run, []string{user, scheduler}},
		{"to find what is deployed", w.Itself(), cloud.Grant{Role: "roles/cloudbuild.builds.viewer", Member: "serviceAccount:" + builds}, run, []string{"cloudbuild.builds"}},
	} {
		change(c.on, c.Grant, (*cloud.Policy).Remove)
		exit, text := c.does(t)
		change(c.on, c.Grant, (*cloud.Policy).Add)
		if exit == 0 {
			t.Errorf("%s: nobody noticed:\n%s", c.name, text)
		}
		for _, s := range c.says {
			if !strings.Contains(text, s) {
				t.Errorf("%s: no %q in\n%s", c.name, s, text)
			}
		}
	}
	if exit, text := run(t); exit != 0 {
		t.Errorf("with all given back it ends with %d:\n%s", exit, text)
	}
}
