package emulator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

const builds = p + "/serviceAccounts/builds@my-project.iam.gserviceaccount.com"

// shop is a git repository whose origin is https://github.com/ada/shop.git.
func shop(t *testing.T, files map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"remote", "add", "origin", "https://github.com/ada/shop"}, {"add", "."},
		{"-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "one"}} {
		if out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	return dir
}

func TestGcloudTriggers(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/cloudbuild.builds.editor", "roles/cloudbuild.connectionAdmin", "roles/iam.serviceAccountUser", "roles/serviceusage.serviceUsageConsumer", "roles/cloudbuild.builds.approver")
	guarded{s, t}.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builds"}`)
	dir := shop(t, map[string]string{"cloudbuild.yaml": "steps: [{name: busybox, args: [hello, $_A, $BRANCH_NAME]}]\noptions: {logging: CLOUD_LOGGING_ONLY}\n"})
	hook := cloudbuild.Hook{Folder: dir}
	if _, err := emulator.Get[*cloudbuild.Server](s).Hear(t.Context(), hook); err != nil {
		t.Fatal(err)
	}
	inline := gcloudtest.File(t, "inline.yaml", "steps: [{name: busybox, args: [inline]}]\noptions: {logging: CLOUD_LOGGING_ONLY}\n")
	at := " --region=europe-west1 "
	g.All(t, want{Command: "builds connections create github hub --app-installation-id=1 --authorizer-token-secret-version=" + p + "/secrets/none/versions/1" + at, Has: []string{"could not access secret"}, Fails: true})
	guarded{s, t}.must("POST", "/v2/"+p+"/locations/europe-west1/connections?connectionId=hub", `{"githubConfig":{"appInstallationId":"1"}}`)
	g.All(t, want{Command: "builds connections describe hub" + at, Has: []string{"PENDING_USER_OAUTH", "actionUri"}})
	g.All(t, want{Command: "builds connections describe hub" + at, Has: []string{"COMPLETE"}})
	g.All(t,
		want{Command: "builds connections list" + at, Has: []string{"hub", "COMPLETE"}},
		want{Command: "builds repositories create shop --connection=hub --remote-uri=https://github.com/ada/shop.git" + at, Has: []string{"Created repository [shop]"}},
	)
	named := " --service-account=" + builds + " --repository=" + p + "/locations/europe-west1/connections/hub/repositories/shop "
	g.All(t,
		want{Command: "builds repositories list --connection=hub" + at, Has: []string{"https://github.com/ada/shop.git"}},
		want{Command: "builds triggers create github --name=push --branch-pattern=^main$ --build-config=cloudbuild.yaml --substitutions=_A=b --included-files=**/*.py" + named + at, Has: []string{"push"}},
		want{Command: "builds triggers create github --name=pull --pull-request-pattern=^main$ --build-config=cloudbuild.yaml --include-logs-with-status" + named + at, Has: []string{"pull"}},
		want{Command: "builds triggers create github --name=old --repo-owner=ada --repo-name=shop --tag-pattern=^v --build-config=cloudbuild.yaml --service-account=" + builds, Has: []string{"old"}},
		want{Command: "builds triggers create github --name=bare --repo-owner=ada --repo-name=shop --tag-pattern=^v --build-config=cloudbuild.yaml", Has: []string{"Request contains an invalid argument"}, Fails: true},
		want{Command: "builds triggers create github --name=unmapped --repo-owner=ada --repo-name=other --tag-pattern=^v --build-config=cloudbuild.yaml --service-account=" + builds, Has: []string{"Repository mapping does not exist"}, Fails: true},
		want{Command: "builds triggers create manual --name=hand --build-config=cloudbuild.yaml --branch=main --require-approval" + named + at, Has: []string{"hand"}},
		want{Command: "builds triggers create manual --name=alone --inline-config=" + inline + " --service-account=" + builds + at, Has: []string{"alone"}},
	)
	exported := filepath.Join(t.TempDir(), "push.yaml")
	var ran, waits, alone string
	g.All(t,
		want{Command: "builds triggers list --format=value(name)" + at, Has: []string{"push", "pull", "hand", "alone"}},
		want{Command: "builds triggers describe pull" + at, Has: []string{"COMMENTS_ENABLED", "includeBuildLogs: INCLUDE_BUILD_LOGS_WITH_STATUS", "repositories/shop"}},
		want{Command: "builds triggers export push --destination=" + exported + at, Has: []string{"Exported"}},
		want{Command: "builds triggers run push --branch=main --substitutions=_A=c --format=value(metadata.build.id)" + at, Out: &ran},
		want{Command: "builds triggers run hand --format=value(metadata.build.id)" + at, Out: &waits},
		want{Command: "builds triggers run alone --format=value(metadata.build.id)" + at, Out: &alone},
		want{Command: "builds triggers delete pull --quiet" + at},
	)
	ran, waits, alone = strings.TrimSpace(ran), strings.TrimSpace(waits), strings.TrimSpace(alone)
	for _, id := range []string{ran, alone} {
		if _, err := emulator.Get[*cloudbuild.Server](s).Wait(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	g.All(t,
		want{Command: "builds describe " + ran + at, Has: []string{"status: SUCCESS", "buildTriggerId", "BRANCH_NAME: main", "- c"}},
		want{Command: "builds describe " + waits + at, Has: []string{"status: PENDING"}},
		want{Command: "builds describe " + alone + at, Has: []string{"status: SUCCESS", "TRIGGER_NAME: alone"}},
		want{Command: "builds triggers import --source=" + exported + at, Has: []string{"push"}},
	)
	g.All(t, want{Command: "builds approve " + waits + " --location=europe-west1", Has: []string{"APPROVED"}})
	if b, err := emulator.Get[*cloudbuild.Server](s).Wait(t.Context(), waits); err != nil || b.GetStatus().String() != "SUCCESS" {
		t.Errorf("approved: %v, %v", b.GetStatus(), err)
	}
	g.All(t,
		want{Command: "builds triggers describe pull" + at, Has: []string{"not found"}, Fails: true},
		want{Command: "builds repositories delete shop --connection=hub --quiet" + at},
	)
	g.All(t, want{Command: "builds connections delete hub --quiet" + at, Has: []string{"Deleted connection [hub]"}})
}
