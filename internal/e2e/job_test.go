package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// withJobs is a world whose jobs are seen by what they have done.
func withJobs(t *testing.T) (w *world, did func() []string) {
	t.Helper()
	var on *containers
	w = newWorld(t, false, func(o *emulator.Options) { on = o.Containers.(*containers) })
	return w, func() []string {
		on.mu.Lock()
		defer on.mu.Unlock()
		return slices.Clone(on.database)
	}
}

// configure writes lines after the settings of the world's app.
func (w *world) configure(t *testing.T, lines string) {
	t.Helper()
	path := filepath.Join(w.app, "gcpdeploy.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(data), "# more\n")
	if err := os.WriteFile(path, []byte(text+"# more\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
}

// change changes the app's code.
func (w *world) change(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) job(t *testing.T, exit int, words ...string) string {
	t.Helper()
	at := append([]string{"gcpdeploy", "job", words[0], "--source", w.app}, words[1:]...)
	return w.command(t.Context(), at).text(t, exit)
}

// TestMigration: jobs run once for each release, in the order of the file, before the
// traffic moves. One that fails leaves what served before serving and the database as
// it left it, and says so; the next release that mends it goes on.
func TestMigration(t *testing.T) {
	t.Parallel()
	w, did := withJobs(t)
	jobs := func(exit string) string {
		return "jobs:\n  two: {command: [migrate, two, \"0\"], before_traffic: true}\n  one: {command: [migrate, one, \"" + exit + "\"], before_traffic: true}\n" +
			"  report: {command: [migrate, report, \"0\"], schedule: 0 3 * * *, time_zone: Europe/Berlin}\n"
	}
	w.configure(t, jobs("0"))
	first := w.run(t.Context(), w.app).wait(t, 0)
	want := []string{"two by one", "one by one"}
	if diff := cmp.Diff(want, did()); diff != "" {
		t.Errorf("the first release, -want +got:\n%s", diff)
	}
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "nothing_to_do" {
		t.Errorf("once more: %+v", r)
	}
	if got := w.job(t, 0, "list"); !strings.Contains(got, "0 3 * * * Europe/Berlin") || strings.Count(got, "succeeded") != 2 || !strings.Contains(got, "never") {
		t.Error(got)
	}

	// What its schedule calls runs a job.
	if err := schedule.New(w.access, project, region).Run(t.Context(), "hello-report"); err != nil {
		t.Fatal(err)
	}
	want = append(want, "report by one")
	until(t, "the schedule runs the job", func() bool { return cmp.Equal(want, did()) })

	w.change(t, "two")
	w.configure(t, jobs("7"))
	u := w.run(t.Context(), w.app)
	failed := u.wait(t, 1)
	for _, part := range []string{"the job one failed with exit code 7", "what served before goes on serving", "to a database say, stays done"} {
		if !strings.Contains(failed.Error.Message, part) {
			t.Errorf("it does not say %q: %s", part, failed.Error.Message)
		}
	}
	if !strings.Contains(u.out.String(), "hello from") {
		t.Errorf("the end of the log is not shown:\n%s", u.out.String())
	}
	want = append(want, "two by two", "one by two")
	if got := w.serves(t).Text; got != "one" || !cmp.Equal(want, did()) {
		t.Errorf("%q serves, the database is %q", got, did())
	}

	w.configure(t, jobs("0"))
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "released" || r.Revision == first.Revision {
		t.Errorf("mended: %+v", r)
	}
	want = append(want, "two by two", "one by two")
	if got := w.serves(t).Text; got != "two" || !cmp.Equal(want, did()) {
		t.Errorf("%q serves, the database is %q", got, did())
	}

	// A job that the configuration has no more goes, and is said to.
	w.configure(t, "jobs: {one: {command: [migrate, one, \"0\"], before_traffic: true}}\n")
	text := w.command(t.Context(), []string{"gcpdeploy", "plan", "--source", w.app}).text(t, 0)
	if !strings.Contains(text, "job report is removed") || !strings.Contains(text, "job two is removed") || !strings.Contains(text, "job one: migrate one 0  (runs before the traffic moves)") {
		t.Error(text)
	}
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "released" {
		t.Errorf("without: %+v", r)
	}
	if got := w.job(t, 0, "list"); strings.Contains(got, "report") || strings.Contains(got, "two") || !strings.Contains(got, "one") {
		t.Error(got)
	}
	if want = append(want, "one by two"); !cmp.Equal(want, did()) { // the settings are part of the source
		t.Errorf("the database is %q", did())
	}
	w.configure(t, "")
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.job(t, 0, "list"); !strings.Contains(got, "there are none") {
		t.Error(got)
	}
	if _, err := schedule.New(w.access, project, region).Get(t.Context(), "hello-report"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the schedule of a job that is gone: %v", err)
	}
}

// TestJobRun: a job and a command run in the image that serves; their exit codes are
// ours, and a command leaves no job.
func TestJobRun(t *testing.T) {
	t.Parallel()
	w, did := withJobs(t)
	if got := w.job(t, 1, "run", "--", "migrate", "early", "0"); !strings.Contains(got, "nothing of hello serves") {
		t.Error(got)
	}
	w.configure(t, "jobs: {report: {command: [migrate, report, \"5\"], retries: 0}}\n")
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.job(t, 5, "run", "report"); !strings.Contains(got, "failed with exit code 5") || !strings.Contains(got, "hello from") {
		t.Error(got)
	}
	if got := w.job(t, 3, "run", "--update-env-vars", "MODE=dry", "--", "migrate", "once", "3"); !strings.Contains(got, "migrate once 3") || !strings.Contains(got, "exit code 3") {
		t.Error(got)
	}
	if got := w.job(t, 0, "run", "--", "migrate", "well", "0"); !strings.Contains(got, "migrate well 0") {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"report by one", "once by one", "well by one"}, did()); diff != "" {
		t.Error(diff)
	}
	if got := w.job(t, 0, "list", "--json"); strings.Contains(got, "once") || !strings.Contains(got, `"report"`) || !strings.Contains(got, `"failed"`) {
		t.Error(got)
	}
	if got := w.job(t, 0, "logs", "report"); !strings.Contains(got, "migrate report 5") || strings.Contains(got, "migrate well") {
		t.Error(got)
	}
	if got := w.job(t, 1, "run", "repotr"); !strings.Contains(got, "hello has no job repotr") {
		t.Error(got)
	}
	u := w.command(t.Context(), []string{"gcpdeploy", "job", "run", "--source", w.app, "--", "migrate", "endless", "0"})
	u.says(t, "migrate endless 0")
	u.cancel()
	if <-u.done; u.exit != 130 {
		t.Errorf("interrupted, it ends with %d:\n%s", u.exit, u.out.String())
	}
	if got := w.job(t, 0, "list"); strings.Contains(got, "once") {
		t.Error(got)
	}
	w.job(t, 0, "run", "--async", "--", "migrate", "later", "0")
	until(t, "a command that nobody waits for runs", func() bool { return slices.Contains(did(), "later by one") })
	if got := w.job(t, 0, "list"); strings.Count(got, "-once-") != 1 {
		t.Error(got)
	}
	w.job(t, 0, "run", "--", "migrate", "next", "0") // which sees that it has ended
	if got := w.job(t, 0, "list"); strings.Contains(got, "-once-") {
		t.Error(got)
	}
	w.job(t, 0, "delete", "report")
	if got := w.job(t, 1, "delete", "report"); !strings.Contains(got, "hello has no job report") {
		t.Error(got)
	}
	w.job(t, 2, "run")
	w.job(t, 2, "run", "report", "--", "migrate")
}
