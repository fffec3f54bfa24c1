package worker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// DockerBuilder is the image name of Cloud Build's docker builder.
const DockerBuilder = "gcr.io/cloud-builders/docker"

// pushed is docker push's line about a tag: TAG: digest: sha256:… size: N.
var pushed = regexp.MustCompile(`(?m)^(\S+): digest: (sha256:[0-9a-f]{64}) size: \d+\s*$`)

// push pushes the message's images, one after the other, as the docker builder
// would, and records their digests.
func (r *run) push(ctx context.Context) error {
	for _, image := range r.b.Images {
		r.log.line("Pushing %s", image)
		var said bytes.Buffer
		out := r.log.writer("")
		tee := io.MultiWriter(out, &said)
		from := r.o.now()
		exit, err := r.exec.Step(ctx, StepRequest{
			Build: r.b.Id, Index: -1, Stdout: tee, Stderr: tee, Options: r.o, Outputs: r.o.Outputs,
			Step:  &cloudbuildpb.BuildStep{Name: DockerBuilder, Args: []string{"push", image}},
			Image: func(string, time.Time, time.Time) {},
		})
		out.Close()
		if err != nil || exit != 0 {
			return pushFailure(image, said.String(), exit, err)
		}
		for _, m := range pushed.FindAllStringSubmatch(said.String(), -1) {
			r.change(func() {
				r.b.Results.Images = append(r.b.Results.Images,
					&cloudbuildpb.BuiltImage{Name: tagged(image, m[1]), Digest: m[2], PushTiming: span(from, r.o.now())})
			})
		}
	}
	return nil
}

// tagged is the image as results name it: as asked for, unless docker pushed
// another tag of it.
func tagged(image, tag string) string {
	repo, own := image, ""
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		repo, own = image[:i], image[i+1:]
	}
	if own == tag || own == "" && tag == "latest" {
		return image
	}
	return repo + ":" + tag
}

// pushFailure sorts a failed push. docker push tells its reason in text only.
func pushFailure(image, said string, exit int, err error) *failure {
	f := &failure{status: cloudbuildpb.Build_FAILURE, info: cloudbuildpb.Build_FailureInfo_PUSH_FAILED, err: err}
	if err == nil {
		err = fmt.Errorf("step exited with non-zero status: %d", exit)
	}
	f.log = fmt.Sprintf("error pushing image %q: %v", image, err)
	switch {
	case strings.Contains(said, "image does not exist locally"):
		f.info = cloudbuildpb.Build_FailureInfo_PUSH_IMAGE_NOT_FOUND
		f.log = fmt.Sprintf("failed to find one or more images after execution of build steps: [%q]", image)
	case strings.Contains(said, "denied:"), strings.Contains(said, "unauthorized"):
		f.info = cloudbuildpb.Build_FailureInfo_PUSH_NOT_AUTHORIZED
	}
	f.detail = f.log
	return f
}
