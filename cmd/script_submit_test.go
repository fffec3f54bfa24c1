package cmd_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// caller calls the script's emulators over REST, and reads what they answer.
type caller struct {
	ts         *testscript.TestScript
	url, token string
}

func callerOf(ts *testscript.TestScript) caller {
	ts.Check(ts.Exec("gcpdeploy", "local", "status", "--json"))
	var st struct {
		URL       string
		TokenFile string `json:"token_file"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &st))
	token, err := os.ReadFile(st.TokenFile)
	ts.Check(err)
	return caller{ts, st.URL, string(token)}
}

func (g caller) call(method, path, body string, to any) {
	status, text, err := do(method, g.url+path, []string{"Authorization: Bearer " + g.token, "Content-Type: application/json", "body=" + body})
	g.ts.Check(err)
	if status != 200 {
		g.ts.Fatalf("%s %s: %d\n%s", method, path, status, text)
	}
	if to != nil {
		g.ts.Check(json.Unmarshal([]byte(text), to))
	}
}

const inLocal = "v1/projects/local/locations/local/"

// builder is the reference of this program's image by digest, as a trigger has it.
func (g caller) builder() string {
	g.ts.Check(g.ts.Exec("gcpdeploy", "version", "--json"))
	var v struct{ Version string }
	g.ts.Check(json.Unmarshal([]byte(g.ts.ReadFile("stdout")), &v))
	var tag struct{ Version string }
	g.call("GET", inLocal+"repositories/gcpdeploy/packages/builder/tags/"+v.Version, "", &tag)
	_, digest, _ := strings.Cut(tag.Version, "/versions/")
	return strings.TrimSuffix(strings.TrimPrefix(g.url, "http://"), "/") + "/local/gcpdeploy/builder@" + digest
}

// submit posts a build whose single step is the builder image, and whose source is
// a folder, "-" for none. It keeps the build's id in a variable.
func submit(ts *testscript.TestScript, neg bool, args []string) {
	at := slices.Index(args, "--")
	usage(ts, !neg && at >= 2, "submit VARIABLE FOLDER [NAME=VALUE…] -- ARGUMENT…")
	g := callerOf(ts)
	env := append([]string{"GCPDEPLOY_BASE_IMAGE=" + dockertest.Image(), "GCPDEPLOY_PYTHON=" + ts.Getenv("GCPDEPLOY_PYTHON"), "GCPDEPLOY_RUN_ALLOW_UNAUTHENTICATED=true"}, args[2:at]...)
	b := map[string]any{
		"steps":   []any{map[string]any{"name": g.builder(), "args": args[at+1:], "env": env}},
		"options": map[string]any{"automapSubstitutions": true},
	}
	if args[1] != "-" {
		object := fmt.Sprintf("script-%d.tgz", time.Now().UnixNano())
		// `up` made the bucket.
		g.call("POST", "upload/storage/v1/b/local_cloudbuild/o?uploadType=media&name="+object, packed(ts, ts.MkAbs(args[1])), nil)
		b["source"] = map[string]any{"storageSource": map[string]any{"bucket": "local_cloudbuild", "object": object}}
	}
	body, err := json.Marshal(b)
	ts.Check(err)
	var op struct {
		Metadata struct{ Build struct{ ID string } }
	}
	g.call("POST", inLocal+"builds", string(body), &op)
	ts.Setenv(args[0], op.Metadata.Build.ID)
}

func packed(ts *testscript.TestScript, dir string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	t := tar.NewWriter(z)
	ts.Check(t.AddFS(os.DirFS(dir)))
	ts.Check(t.Close())
	ts.Check(z.Close())
	return out.String()
}

// posted is a build as REST has it.
type posted struct {
	Status, StatusDetail, LogsBucket string
	Results                          struct{ BuildStepOutputs []string }
}

func (g caller) build(id string) (b posted) {
	g.call("GET", inLocal+"builds/"+id, "", &b)
	return b
}

func (p posted) ended() bool { return p.Status != "QUEUED" && p.Status != "WORKING" }

// log is what a build has logged so far.
func (g caller) log(id string, b posted) string {
	bucket, dir, _ := strings.Cut(strings.TrimPrefix(b.LogsBucket, "gs://"), "/")
	name := strings.TrimPrefix(dir+"/log-"+id+".txt", "/")
	_, text, err := do("GET", g.url+"storage/v1/b/"+bucket+"/o/"+url.PathEscape(name)+"?alt=media", []string{"Authorization: Bearer " + g.token})
	g.ts.Check(err)
	return text
}

// built waits for the end of a build, which must have that status. Its step's output
// is on stdout then, and its log on stderr.
func built(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "built ID STATUS")
	g := callerOf(ts)
	b := g.build(args[0])
	for tick := time.Tick(100 * time.Millisecond); !b.ended(); <-tick {
		b = g.build(args[0])
	}
	log := g.log(args[0], b)
	if b.Status != args[1] {
		ts.Fatalf("build %s ended as %s, want %s: %s\n%s", args[0], b.Status, args[1], b.StatusDetail, log)
	}
	for _, o := range b.Results.BuildStepOutputs {
		text, err := base64.StdEncoding.DecodeString(o)
		ts.Check(err)
		fmt.Fprintln(ts.Stdout(), string(text))
	}
	fmt.Fprint(ts.Stderr(), log)
}

// logged waits until a build's log has a line.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "logged ID REGEXP")
	g, want := callerOf(ts), regexp.MustCompile("(?m)"+args[1])
	for tick := time.Tick(100 * time.Millisecond); ; <-tick {
		b := g.build(args[0])
		log := g.log(args[0], b)
		if want.MatchString(log) {
			return
		}
		if b.ended() {
			ts.Fatalf("build %s ended as %s without %q:\n%s", args[0], b.Status, args[1], log)
		}
	}
}

// sameImage compares two references by their digests, whatever their registries.
func sameImage(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2, "[!] sameimage REFERENCE REFERENCE")
	_, a, _ := strings.Cut(args[0], "@")
	_, b, _ := strings.Cut(args[1], "@")
	if (a == b && a != "") == neg {
		ts.Fatalf("%s and %s", args[0], args[1])
	}
}

// nothing waits until no container of a build is there.
func nothing(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "nothing ID")
	for tick := time.Tick(100 * time.Millisecond); ; <-tick {
		ts.Check(ts.Exec("docker", "ps", "-aq", "--filter", "label=dev.gcpdeploy.local.build="+args[0]))
		if ts.ReadFile("stdout") == "" {
			return
		}
	}
}
