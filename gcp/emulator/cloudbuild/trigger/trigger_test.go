package trigger_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
)

func parse(t *testing.T, text string) *trigger.Trigger {
	t.Helper()
	tr, err := trigger.UnmarshalJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tr
}

func TestDeveloperConnect(t *testing.T) {
	t.Parallel()
	tr := parse(t, `{"developerConnectEventConfig":{"gitRepositoryLink":"projects/p/locations/r/connections/c/gitRepositoryLinks/l","pullRequest":{"branch":"^main$","commentControl":"COMMENTS_ENABLED"}}}`)
	s, err := trigger.SourceOf(tr)
	if err != nil || s.Link != "projects/p/locations/r/connections/c/gitRepositoryLinks/l" || s.Push != nil || s.Pull.GetBranch() != "^main$" || s.Pull.GetCommentControl() != cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED {
		t.Errorf("%+v, %v", s, err)
	}
	tr.Github = &cloudbuildpb.GitHubEventsConfig{Owner: "o", Name: "n"}
	if _, err := trigger.SourceOf(tr); err == nil {
		t.Error("two sources are none too many")
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	have := parse(t, `{"id":"1","resourceName":"r","name":"n","description":"d","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS","substitutions":{"_A":"1","_B":"2"},
		"gitFileSource":{"path":"p","bitbucketServerConfig":"b"},"developerConnectEventConfig":{"gitRepositoryLink":"l","push":{"branch":"x"}}}`)
	for _, tt := range []struct{ want, mask, result string }{
		{`{"id":"9","description":"e"}`, "description", `{"id":"1","resourceName":"r","name":"n","description":"e","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS","substitutions":{"_A":"1","_B":"2"},"gitFileSource":{"path":"p","bitbucketServerConfig":"b"},"developerConnectEventConfig":{"gitRepositoryLink":"l","push":{"branch":"x"}}}`},
		{`{"substitutions":{"_C":"3"}}`, "substitutions,include_build_logs,gitFileSource.path", `{"id":"1","resourceName":"r","name":"n","description":"d","substitutions":{"_C":"3"},"gitFileSource":{"bitbucketServerConfig":"b"},"developerConnectEventConfig":{"gitRepositoryLink":"l","push":{"branch":"x"}}}`},
		{`{"developerConnectEventConfig":{"push":{"branch":"y"}}}`, "developer_connect_event_config.push.branch,github.push.branch,id", `{"id":"1","resourceName":"r","name":"n","description":"d","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS","substitutions":{"_A":"1","_B":"2"},"gitFileSource":{"path":"p","bitbucketServerConfig":"b"},"developerConnectEventConfig":{"gitRepositoryLink":"l","push":{"branch":"y"}}}`},
		{`{"filename":"f"}`, "filename", `{"id":"1","resourceName":"r","name":"n","description":"d","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS","substitutions":{"_A":"1","_B":"2"},"filename":"f","developerConnectEventConfig":{"gitRepositoryLink":"l","push":{"branch":"x"}}}`},
		{`{"name":"m"}`, "", `{"id":"1","resourceName":"r","name":"m"}`},
	} {
		mask := &fieldmaskpb.FieldMask{}
		if tt.mask != "" {
			mask.Paths = strings.Split(tt.mask, ",")
		}
		got, err := trigger.Update(have, parse(t, tt.want), mask)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := trigger.Whole(got)
		want, werr := trigger.Whole(parse(t, tt.result))
		if err != nil || werr != nil || !proto.Equal(whole, want) {
			text, _ := trigger.MarshalJSON(got)
			t.Errorf("%s: %v\n%s\n%s", tt.mask, err, text, tt.result)
		}
	}
	for _, path := range []string{"nothing", "description.x", "substitutions._A", "github.nothing", ""} {
		if _, err := trigger.Update(have, have, &fieldmaskpb.FieldMask{Paths: []string{path}}); err == nil {
			t.Errorf("%q is a path", path)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const (
		account = `"serviceAccount":"projects/p/serviceAccounts/a"`
		steps   = `"build":{"steps":[{"name":"x"}]}`
		gen2    = `"repositoryEventConfig":{"repository":"projects/p/locations/r/connections/c/repositories/n","push":{"branch":"^main$"}}`
		from    = `"sourceToBuild":{"repository":"projects/p/locations/r/connections/c/repositories/n","ref":"refs/heads/main"}`
		file    = `"gitFileSource":{"repository":"projects/p/locations/r/connections/c/repositories/n","path":"f"}`
	)
	for _, tt := range []struct {
		text string
		code codes.Code
		says string
	}{
		{`{"name":"n",` + steps + `,` + account + `}`, codes.OK, ""},
		{`{"name":"n",` + gen2 + `,"filename":"f"}`, codes.OK, ""},
		{`{"name":"n",` + from + `,` + file + `}`, codes.OK, ""},
		{`{"name":"n","github":{"owner":"o","name":"n","pullRequest":{"branch":"x"}},"filename":"f"}`, codes.OK, ""},
		{`{"name":"-n",` + steps + `}`, codes.InvalidArgument, "trigger name"},
		{`{"name":"a_b",` + steps + `}`, codes.InvalidArgument, "trigger name"},
		{`{"name":"` + strings.Repeat("a", 65) + `",` + steps + `}`, codes.InvalidArgument, "trigger name"},
		{`{"name":"n",` + steps + `,"serviceAccount":"a@b"}`, codes.InvalidArgument, "service account"},
		{`{"name":"n"}`, codes.InvalidArgument, "build template"},
		{`{"name":"n","build":{}}`, codes.InvalidArgument, ""},
		{`{"name":"n","filename":"f"}`, codes.InvalidArgument, "source_to_build"},
		{`{"name":"n",` + file + `}`, codes.InvalidArgument, "source_to_build"},
		{`{"name":"n",` + gen2 + `,` + from + `,"filename":"f"}`, codes.InvalidArgument, "only for triggers"},
		{`{"name":"n",` + gen2 + `,"github":{"owner":"o","name":"n","push":{"branch":"x"}},"filename":"f"}`, codes.InvalidArgument, "one event source"},
		{`{"name":"n","repositoryEventConfig":{"repository":"projects/p/locations/other/connections/c/repositories/n","push":{"branch":"x"}},"filename":"f"}`, codes.InvalidArgument, "one region"},
		{`{"name":"n","repositoryEventConfig":{"repository":"x","push":{"branch":"x"}},"filename":"f"}`, codes.InvalidArgument, "invalid repository"},
		{`{"name":"n","github":{"owner":"o","name":"n"},"filename":"f"}`, codes.InvalidArgument, "push or a pull request"},
		{`{"name":"n","github":{"owner":"o","name":"n","push":{}},"filename":"f"}`, codes.InvalidArgument, "branch or a tag"},
		{`{"name":"n","github":{"owner":"o","name":"n","push":{"branch":"(?!x)"}},"filename":"f"}`, codes.InvalidArgument, "RE2"},
		{`{"name":"n","github":{"name":"n","push":{"branch":"x"}},"filename":"f"}`, codes.InvalidArgument, "owner and name"},
		{`{"name":"n",` + steps + `,"substitutions":{"A":"1"}}`, codes.InvalidArgument, "substitution key"},
		{`{"name":"n",` + gen2 + `,"filename":"f","includedFiles":["["]}`, codes.InvalidArgument, "glob"},
		{`{"name":"n",` + steps + `,"eventType":"REPO"}`, codes.InvalidArgument, "event_type"},
		{`{"name":"n","sourceToBuild":{"uri":"https://github.com/o/n","ref":"refs/heads/x"},` + file + `}`, codes.InvalidArgument, "repo_type"},
		{`{"name":"n","sourceToBuild":{"uri":"https://github.com/o/n","repoType":"GITHUB","ref":"main"},` + file + `}`, codes.InvalidArgument, "refs/"},
		{`{"name":"n","webhookConfig":{"secret":"s"},` + steps + `}`, codes.Unimplemented, "webhook"},
		{`{"name":"n","pubsubConfig":{"topic":"t"},` + steps + `}`, codes.Unimplemented, "Pub/Sub"},
		{`{"name":"n",` + steps + `,"filter":"true"}`, codes.Unimplemented, "CEL"},
		{`{"name":"n",` + gen2 + `,"autodetect":true}`, codes.Unimplemented, "build file"},
	} {
		if err := trigger.Validate(parse(t, tt.text), "r"); status.Code(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v %q", tt.text, err, tt.code, tt.says)
		}
	}
}

func TestReadBuild(t *testing.T) {
	t.Parallel()
	b, err := trigger.ReadBuild([]byte("steps:\n- name: x\n  wait_for: ['-']\n  automapSubstitutions: true\ntimeout: 60s\n"))
	if err != nil || b.GetSteps()[0].GetWaitFor()[0] != "-" || !b.GetSteps()[0].GetAutomapSubstitutions() || b.GetTimeout().GetSeconds() != 60 {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := trigger.ReadBuild([]byte(`{"steps":[{"name":"x"}]}`)); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "{}", "steps: [{nam: x}]", "steps: x", "a: [", "\xff", "- x"} {
		if b, err := trigger.ReadBuild([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, b)
		}
	}
}

func FuzzReadBuild(f *testing.F) {
	f.Add([]byte("steps: [{name: x}]"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = trigger.ReadBuild(data) })
}
