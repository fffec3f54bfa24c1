package plan

import (
	"slices"
	"strings"
)

// build collects steps.
type build struct {
	app     App
	place   Place
	facts   Facts
	builder string
	steps   []Step
	pushes  []StepID // of the shared images, without the wheels
	pushed  []string // the same as the publish step's flags
}

// wheels adds the steps that make the wheels and give them their key, and gives
// the reference of their image.
func (b *build) wheels(w Wheelhouse) string {
	waitFor, buildArgs := b.earlier(w.Earlier)
	if w.Renew {
		// What Docker kept of an earlier resolution must not answer for a new one.
		buildArgs = append(buildArgs, "RENEW=$BUILD_ID")
	}
	ref := b.share(StepWheels, StepPushWheels, waitFor, buildArgs, label{KeyLabel(Wheels), w.Key.Hash})
	if b.app.Stranger != "" {
		b.ourStep(StepMadeWheels, []StepID{StepWheels}, "--image", ref)
		return ref
	}
	b.ourStep(StepPublishWheels, []StepID{StepPushWheels}, "--image", ref)
	return ref
}

// earlier adds the step that brings an earlier wheels image to the worker, if
// there is one, and gives what a build on it waits for, and its build arguments.
func (b *build) earlier(digest string) (waitFor []StepID, buildArgs []string) {
	if digest == "" {
		return nil, nil
	}
	tag := b.place.Repository + "/" + Wheels + ":earlier-$BUILD_ID"
	b.ourStep(StepEarlier, []StepID{AtOnce}, "--image", b.place.Repository+"/"+Wheels+"@"+digest, "--to", tag)
	return []StepID{StepEarlier}, []string{"EARLIER=" + tag}
}

// label is a label of an image; without a value there is none.
type label struct{ name, value string }

// share adds the steps that build and push a shared image, and gives its reference.
func (b *build) share(id, push StepID, waitFor []StepID, buildArgs []string, labels ...label) string {
	waitFor = b.logins(id, waitFor)
	image := id.About().Image
	ref := b.place.Repository + "/" + image + ":" + RunTag
	labels = append([]label{{BaseLabel, b.facts.Base}}, labels...)
	b.dockerStep(id, waitFor, b.dockerArgs(id, buildArgs, labels, "-t", ref)...)
	if b.app.Stranger != "" {
		return ref // it stays on the worker
	}
	b.dockerStep(push, []StepID{id}, "push", ref)
	if id != StepWheels { // which are published before, by a step of their own
		b.pushes = append(b.pushes, push)
		b.pushed = append(b.pushed, "--"+image, ref)
	}
	return ref
}

// dockerArgs builds a step's stage of wheel.Dockerfile.
func (b *build) dockerArgs(id StepID, buildArgs []string, labels []label, output ...string) []string {
	args := []string{"build", "--progress=plain", "--target", string(id.About().Stage), "-f", Dir + "/wheel.Dockerfile"}
	args = append(args, b.secrets()...)
	if b.facts.Base != "" {
		buildArgs = append(buildArgs, "BASE="+b.facts.Base)
	}
	for _, a := range buildArgs {
		args = append(args, "--build-arg", a)
	}
	for _, l := range labels {
		if l.value != "" {
			args = append(args, "--label", l.name+"="+l.value)
		}
	}
	if id.About().AsksIndex {
		args = append(args, b.netrc()...)
	}
	args = append(args, b.apart()...)
	return append(append(args, output...), Dir+"/wheels")
}

// secrets are the flags of a docker build that may ask a server.
func (b *build) secrets() []string {
	if b.app.CA {
		return []string{"--secret", "id=ca,src=" + Dir + "/ca.pem"}
	}
	return nil
}

// apart are the flags of a docker build whose code is not trusted: what Docker keeps
// of it, of layers and in cache mounts, is no other build's.
func (b *build) apart() []string {
	if b.app.Stranger == "" {
		return nil
	}
	// BuildKit counts a host's address to what a command's result depends on.
	return []string{"--add-host", "gcpdeploy-$BUILD_ID:127.0.0.1", "--build-arg", "BUILDKIT_CACHE_MOUNT_NS=$BUILD_ID"}
}

// after is the waitFor of a step that needs another one: the first of ids that is there.
func (b *build) after(ids ...StepID) []StepID {
	for _, id := range ids {
		if slices.ContainsFunc(b.steps, func(s Step) bool { return s.ID == id }) {
			return []StepID{id}
		}
	}
	return []StepID{AtOnce}
}

// dockerStep adds a step of Docker's.
func (b *build) dockerStep(id StepID, waitFor []StepID, args ...string) {
	if len(waitFor) == 0 {
		waitFor = []StepID{AtOnce}
	}
	s := Step{ID: id, Name: dockerBuilder, Args: escape(args), Env: []string{"DOCKER_BUILDKIT=1"}, WaitFor: waitFor}
	if slices.Contains(args, netrcSecret) {
		s.SecretEnv = []string{NetrcEnv}
	}
	b.steps = append(b.steps, s)
}

// ourStep adds a step of the builder image: `gcpdeploy step ID`, which reads the plan
// from the source archive.
func (b *build) ourStep(id StepID, waitFor []StepID, args ...string) {
	args = append([]string{"step", string(id)}, args...)
	var env []string
	for _, line := range b.place.Env {
		env = append(env, literal(line))
	}
	if id.About().KnowsRun {
		env = append(env, "GCPDEPLOY_RUN_ID=$BUILD_ID", "GCPDEPLOY_STARTED=$_STARTED")
		if b.app.Origin != nil {
			env = append(env, "GCPDEPLOY_ORIGIN=$_ORIGIN")
		}
	}
	b.steps = append(b.steps, Step{ID: id, Name: b.builder, Args: escape(args), Env: env, WaitFor: waitFor})
}

// escape keeps Cloud Build from reading a dollar in an argument as a
// substitution, but for the ones that we use.
func escape(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = strings.ReplaceAll(literal(a), literal("$BUILD_ID"), "$BUILD_ID")
	}
	return out
}

// literal is a text as Cloud Build gives it to a step unchanged.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }
