package clients

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// module is this program's own, by which a checkout of it is known.
const module = "github.com/gcpdeploy/gcpdeploy"

// buildFile is the build in a checkout that makes the builder image.
const buildFile = "cloudbuild.yaml"

var isModule = regexp.MustCompile(`(?m)^module ` + regexp.QuoteMeta(module) + `\s*$`)

// install makes the builder image of a version that Go's module proxy has, without a
// checkout. It is what cloudbuild.yaml does, but for the tests.
const install = `
steps:
  - id: build
    name: golang:1.26
    entrypoint: sh
    env: [CGO_ENABLED=0, GOBIN=/workspace/bin]
    args:
      - -ec
      - |
        go install -tags disable_grpc_modules -trimpath -ldflags "-s -w -X main.version=${_TAG}" ` + module + `/cmd/gcpdeploy@${_TAG}
        cp /etc/ssl/certs/ca-certificates.crt bin/
        printf 'FROM scratch\nCOPY ca-certificates.crt /etc/ssl/certs/\nCOPY gcpdeploy /gcpdeploy\nENTRYPOINT ["/gcpdeploy"]\n' > bin/Dockerfile
  - id: image
    name: gcr.io/cloud-builders/docker
    args: [build, -t, "${_REGION}-docker.pkg.dev/$PROJECT_ID/${_REPOSITORY}/builder:${_TAG}", bin]
images: ["${_REGION}-docker.pkg.dev/$PROJECT_ID/${_REPOSITORY}/builder:${_TAG}"]
timeout: 1800s
`

// builderFrom is where the builder image is built from.
type builderFrom struct {
	checkout string // folder; "" = Go's module proxy has the version
}

// sourceOfBuilder finds what the builder image can be built from: the folder that was
// named, the working directory where that is a checkout, or a version that was
// released. ok is false where there is nothing.
func sourceOfBuilder(named, version string) (from builderFrom, ok bool, err error) {
	if named != "" {
		if !isCheckout(named) {
			return from, false, errs.New(errs.Usage, "Name a checkout of "+module+".", "--builder-source %s has no go.mod of gcpdeploy with a %s beside it", named, buildFile)
		}
		return builderFrom{checkout: named}, true, nil
	}
	if isCheckout(".") {
		return builderFrom{checkout: "."}, true, nil
	}
	return from, isRelease.MatchString(version), nil
}

func isCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !isModule.Match(text) {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, buildFile))
	return err == nil
}

// buildBuilder has Cloud Build make the builder image of this version, as the account
// that setup made for builds.
func (s *Set) buildBuilder(ctx context.Context, from builderFrom, spec setup.Spec) error {
	version := s.deps.Version()
	f := cloudbuild.File{
		Name: "the build of the builder image", Text: []byte(install), Tags: []string{engine.Tag, "builder"},
		Substitutions: map[string]string{"_REGION": spec.Region, "_REPOSITORY": spec.Repository, "_TAG": version},
		Options:       plan.Options{ServiceAccount: spec.Builds, LogsBucket: spec.LogsBucket},
	}
	if spec.CloudLogging {
		f.Options = plan.Options{ServiceAccount: spec.Builds, Logging: config.CloudLoggingOnly}
	}
	if from.checkout != "" {
		var err error
		if f.Name = filepath.Join(from.checkout, buildFile); err == nil {
			f.Text, err = os.ReadFile(f.Name)
		}
		if err == nil {
			f.Source, err = s.sendCheckout(ctx, from.checkout, spec.SourceBucket)
		}
		if err != nil {
			return errs.New(errs.Usage, "", "sending the checkout of gcpdeploy: %w", err)
		}
	}
	builds := s.builds()
	build, err := builds.SubmitFile(ctx, f)
	if err != nil {
		return err
	}
	var log tail
	out, err := builds.Watch(ctx, build, &log)
	if err != nil {
		if ctx.Err() != nil {
			_ = builds.Cancel(context.WithoutCancel(ctx), build)
		}
		return err
	}
	if out.Status != plan.Success {
		hint := out.Hint
		if hint == "" {
			hint = "See its whole log with `gcloud builds log --project=" + s.Config.Project + " --region=" + builds.Region + " " + out.Build + "`."
		}
		return errs.New(errs.Build, hint, "the build %s of the builder image ended with %s %s\n%s", out.Build, out.Status, out.Detail, log.text())
	}
	_, ok, err := s.reg.Digest(ctx, plan.Builder, version)
	if err == nil && !ok {
		err = errs.New(errs.Internal, "", "the build %s ended well, and there is no %s:%s", out.Build, plan.Builder, version)
	}
	return err
}

// sendCheckout uploads a checkout, as git would have it.
func (s *Set) sendCheckout(ctx context.Context, dir, bucket string) (cloudbuild.Source, error) {
	tree, err := source.Scan(ctx, dir, source.Options{})
	if err != nil {
		return cloudbuild.Source{}, err
	}
	to := cloudbuild.Source{Bucket: bucket, Object: source.ObjectName(tree, nil)}
	err = s.storage.Upload(ctx, bucket, to.Object, func(w io.Writer) error { return tree.WriteArchive(ctx, w, nil) })
	return to, err
}

// tail keeps the end of a log.
type tail struct{ kept []byte }

const kept = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if n := len(t.kept); n > 2*kept {
		t.kept = bytes.Clone(t.kept[n-kept:])
	}
	return len(b), nil
}

// text is the last lines, each of them whole.
func (t *tail) text() string {
	lines := strings.Split(strings.TrimSpace(string(t.kept)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
