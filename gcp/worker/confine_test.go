package worker_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// ownLabel is what the worker adds to the arguments of docker run.
var ownLabel = regexp.MustCompile(`--label dev\.gcpdeploy\.step=\S+ `)

// linked is a workspace whose source has links out of it, and files of its own.
func linked(t *testing.T, o worker.Options) {
	t.Helper()
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("not yours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(o.Workspace, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Workspace, "sub", "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"out": outside, "file": outside + "/secret", "gone": outside + "/gone", "up": "..", "in": "sub", "in-file": "sub/f", "abs": "/etc"} {
		if err := os.Symlink(target, filepath.Join(o.Workspace, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDockerStepStaysInFolders: the docker builder's client, a process of this
// machine, is led out of the step's folders neither by its dir nor by arguments.
func TestDockerStepStaysInFolders(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dir, args, refused string }{
		{"out", "version", `the dir "out" of a docker step`},
		{"out/new", "version", `the dir "out/new" of a docker step`},
		{"gone", "version", `the dir "gone" of a docker step`},
		{"up", "version", `the dir "up" of a docker step`},
		{"abs", "version", `the dir "abs" of a docker step`},
		{"..", "version", `not below /workspace`},
		{"/etc", "version", `not below /workspace`},
		{"in", "version", ""},
		{"new/deep", "version", ""},
		{"", "build out", `the argument "out"`},
		{"", "build ..", `the argument ".."`},
		{"in", "build ../..", `the argument "../.."`},
		{"", "build /workspace/out", `the argument "/workspace/out"`},
		{"", "build /etc", `the argument "/etc"`},
		{"", "buildx build -f file .", `the argument "file"`},
		{"", "image build --file=/workspace/file .", `the argument "--file=/workspace/file"`},
		{"", "build --secret id=x,src=file .", `the argument "id=x,src=file"`},
		{"", "build --secret=id=file .", `the argument "--secret=id=file"`},
		{"", "build --build-context x=out .", `the argument "x=out"`},
		{"", "build -o type=local,dest=up/x .", `the argument "type=local,dest=up/x"`},
		{"", "build --iidfile gone .", `the argument "gone"`},
		{"", "save -o gone/x img", `the argument "gone/x"`},
		{"", "load -i file", `the argument "file"`},
		{"", "cp file c:/x", `the argument "file"`},
		{"", "run -v /workspace/out:/x img", `the argument "/workspace/out:/x"`},
		{"", "run --rm -itv /workspace/out:/x img", `the argument "/workspace/out:/x"`},
		{"", "run -v ./out:/x img", `the argument "./out:/x"`},
		{"", "run --mount type=bind,src=/workspace/out,dst=/x img", `the argument "type=bind,src`},
		{"", "run --env-file file img", `the argument "file"`},
		{"", "run --env-file=/etc/environment img", `the argument "--env-file=/etc/environment"`},
		{"", "exec --env-file file c env", `the argument "file"`},
		{"", "--config /workspace/sub build .", `takes no --config`},
		{"", "-H ssh://somewhere ps", `takes no -H`},
		{"", "build -t out -f in-file --target ../x in", `the argument "../x"`}, // no flag's name is known to be no path
		{"", "build -t out -f in-file --build-arg P=/etc --cache-from type=registry,ref=h/x:y in", ""},
		{"", "build --iidfile=/builder/outputs/output /workspace/in", ""},
		{"", "push out", ""},
		{"", "tag file abs", ""},
		{"", "run -v out:/x -v /var/run/docker.sock:/s -w /etc img ls out /etc", ""},
		{"", "build https://example.com/x.git#main:sub", ""},
		{"", "build -", ""},
	} {
		o := fakeDocker(t, `echo "ran $@"`)
		linked(t, o)
		log := &syncBuffer{}
		o.Log = log
		b := &build{Steps: []*step{{Name: "docker", Dir: tt.dir, Args: strings.Fields(tt.args)}}}
		err := worker.Run(t.Context(), b, nil, o, nil)
		if tt.refused == "" && (err != nil || !strings.Contains(log.String(), "ran ")) {
			t.Errorf("%s: docker %s: %v", tt.dir, tt.args, err)
		}
		if tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused) || strings.Contains(log.String(), "ran ")) {
			t.Errorf("%s: docker %s: %v, want … %s", tt.dir, tt.args, err, tt.refused)
		}
	}
}

// TestDockerStepEnv: a step's variables reach what its arguments name, and no
// process of this machine.
func TestDockerStepEnv(t *testing.T) {
	t.Parallel()
	harmful := []string{"LD_PRELOAD=/workspace/x.so", "LD_LIBRARY_PATH=/workspace", "PATH=/workspace", "HOME=/workspace", "DOCKER_HOST=ssh://x",
		"DOCKER_CONFIG=/workspace", "DOCKER_CONTEXT=x", "GIT_SSH_COMMAND=x", "GODEBUG=x", "BASH_ENV=/workspace/x", "HTTPS_PROXY=http://x"}
	for _, tt := range []struct {
		args string
		want []string // in what the client is started with
	}{
		{"build .", []string{"args: build ."}},
		{"build --build-arg LD_PRELOAD --build-arg=PATH --build-arg OTHER .", []string{"args: build --build-arg LD_PRELOAD=/workspace/x.so --build-arg=PATH=/workspace --build-arg OTHER ."}},
		{"build --secret id=s,env=TOKEN .", []string{"args: build --secret id=s,env=STEP_SECRET_2 .", "STEP_SECRET_2=hush"}},
		{"build --secret=type=env,id=s,src=TOKEN .", []string{"args: build --secret=type=env,id=s,env=STEP_SECRET_1 .", "STEP_SECRET_1=hush"}},
		{"build --secret id=TOKEN .", []string{"args: build --secret id=TOKEN,env=STEP_SECRET_2 .", "STEP_SECRET_2=hush"}},
		{"build --secret id=TOKEN,src=f .", []string{"args: build --secret id=TOKEN,src=f ."}},
		{"run -e TOKEN -e A=TOKEN img sh -e TOKEN", []string{"args: run --env-file F/0-2 -e A=TOKEN img sh -e TOKEN", "file: TOKEN=hush"}},
		{"run --rm -it --env=LD_PRELOAD img", []string{"args: run --rm -it --env-file=F/0-3 img", "file: LD_PRELOAD=/workspace/x.so"}},
		{"run -eTOKEN img", []string{"args: run --env-file=F/0-1 img", "file: TOKEN=hush"}},
		{"run -ite MODE img", []string{"args: run -ite MODE=fast img"}},
		{"exec -e LINES c env", []string{"args: exec -e LINES=1\n2 c env"}},
	} {
		o := fakeDocker(t, `echo "args: $@"; env; cat `+"$(dirname $BUILDER_OUTPUT)/../env/* 2>/dev/null | sed 's/^/file: /'")
		log := &syncBuffer{}
		o.Log, o.DockerConfig = log, t.TempDir()
		b := &build{Steps: []*step{{Name: "docker", Args: strings.Fields(tt.args),
			Env: append([]string{"TOKEN=hush", "MODE=fast", "LINES=1\n2", "DOCKER_BUILDKIT=1"}, harmful...)}}}
		if err := worker.Run(t.Context(), b, nil, o, nil); err != nil {
			t.Fatalf("%s: %v\n%s", tt.args, err, log)
		}
		said := strings.ReplaceAll(log.String(), "Step #0: ", "")
		said = ownLabel.ReplaceAllString(strings.ReplaceAll(said, o.Outputs+"/env/", "F/"), "")
		for _, want := range append(tt.want, "DOCKER_BUILDKIT=1") {
			if !strings.Contains(said, "\n"+want+"\n") {
				t.Errorf("%s: no %q in\n%s", tt.args, want, said)
			}
		}
		for _, e := range append(harmful, "TOKEN=hush", "MODE=fast") {
			if strings.Contains(said, "\n"+e+"\n") {
				t.Errorf("%s: a process of this machine has %s", tt.args, e)
			}
		}
		if want := "WARNING: nothing of this step gets "; !strings.Contains(said, want) {
			t.Errorf("%s: no %q", tt.args, want)
		}
	}
}
