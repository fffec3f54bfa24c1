package cmd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
)

// TestTriggerKinds: a repository that only GitHub's app knows, and one of Developer
// Connect, have triggers too; Cloud Build's own connection is preferred.
func TestTriggerKinds(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "a tag ^v of ada/shop")
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "nothing to do")
	if got := c.show(t, "hello-tag").Trigger["github"]; fmt.Sprint(got) != "map[name:shop owner:ada push:map[tag:^v]]" {
		t.Errorf("of the app it is of %v", got)
	}
	c.want(t, 0, "", "trigger create --manual", "somebody who runs it of github.com/ada/shop")
	c.want(t, 0, "", "trigger run hello-manual --wait", "the step runs up", "BRANCH_NAME is main")
	c.git(t, "tag", "v1")
	if f := c.hear(t, cloudbuild.Hook{Push: &cloudbuild.Push{Ref: "refs/tags/v1"}})["hello-tag"]; !f.Fired {
		t.Errorf("a tag: %+v", f)
	}
	c.want(t, 2, "", "trigger run hello-tag", "--tag")

	c.ask(t, http.MethodPost, "/v1/projects/my-project/services:batchEnable", `{"serviceIds":["developerconnect.googleapis.com"]}`)
	const connect = "/v1/projects/my-project/locations/europe-west1/connections"
	c.ask(t, http.MethodPost, connect+"?connectionId=dev", `{"githubConfig":{"githubApp":"DEVELOPER_CONNECT"}}`)
	for range 5 {
		c.ask(t, http.MethodGet, connect+"/dev", "")
	}
	c.ask(t, http.MethodPost, connect+"/dev/gitRepositoryLinks?gitRepositoryLinkId=ada-shop", `{"cloneUri":"https://github.com/ada/shop.git"}`)
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "changed developerConnectEventConfig, github, tags: a tag ^v of dev/ada-shop")
	if got := c.show(t, "hello-tag").Trigger; got["github"] != nil || fmt.Sprint(got["developerConnectEventConfig"].(map[string]any)["push"]) != "map[tag:^v]" {
		t.Errorf("of Developer Connect it is of %v", got)
	}
	c.want(t, 2, "", "trigger create --manual --name other", "have no manual triggers")
	c.connect(t)
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "changed developerConnectEventConfig, repositoryEventConfig, tags: a tag ^v of hub/ada-shop")
	c.want(t, 0, "", "trigger create --build-config cloudbuild.yaml --substitutions _A=1 --name by-file", "by-file")
	if got := c.show(t, "by-file").Trigger; got["filename"] != "cloudbuild.yaml" || got["build"] != nil || fmt.Sprint(got["substitutions"]) != "map[_A:1]" {
		t.Errorf("with a file it is %v", got)
	}
	c.want(t, 0, "", "trigger create --name by-file", "changed build, filename, tags")
}

// TestTriggerAnswersGetLost: a trigger whose making was not answered is found, and not
// made twice; a run that was not answered is not begun again.
func TestTriggerAnswersGetLost(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	server := emulator.Get[*cloudbuild.Server](c.Server)
	server.Faults.FailNext("CreateBuildTrigger.reply", codes.Unavailable)
	if got := c.want(t, 0, "", "trigger create", "deploys hello", "hello-push"); strings.Contains(got, "nothing to do") {
		t.Errorf("who made it hears:\n%s", got)
	}
	server.Faults.FailNext("RunBuildTrigger.reply", codes.Unavailable)
	c.want(t, 75, "", "trigger run", "it may have started", "gcpdeploy trigger show hello-push")
	if all := server.Builds(); len(all) != 1 {
		t.Errorf("%d builds were begun", len(all))
	}
}
