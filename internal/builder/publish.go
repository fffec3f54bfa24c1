package builder

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Registry is what publishing and releasing need of the registry. Image is a
// package of our repository.
type Registry interface {
	Digest(ctx context.Context, image, tag string) (digest string, ok bool, err error)
	// CreateTag points a new tag to a digest. Where the tag is there already it
	// stays, and its digest is given instead.
	CreateTag(ctx context.Context, image, tag, digest string) (current string, created bool, err error)
	// MoveTag points a tag to a digest, wherever it pointed before.
	MoveTag(ctx context.Context, image, tag, digest string) error
	// DeleteTag removes a tag; one that is not there is fine.
	DeleteTag(ctx context.Context, image, tag string) error
	// ReadFile reads a small file out of an image.
	ReadFile(ctx context.Context, image, digest, path string) ([]byte, error)
	// Plain puts an image beside one that has not its last layer, and these labels and
	// no time of its own, and gives its digest: equal layers, equal digest.
	Plain(ctx context.Context, image, digest string, labels map[string]string) (plain string, err error)
}

// Images moves images between the registry and the worker's Docker.
type Images interface {
	// Adopt makes the tag name the image of that digest on this worker.
	Adopt(ctx context.Context, ref, tag string) error
	// Empty makes the tag name an image without files on this worker.
	Empty(ctx context.Context, tag string) error
}

// Pushed are the references that the steps before pushed to, under the run's
// tag; Runtime is by digest when it was there before. "" = not part of the plan.
type Pushed struct {
	Runtime, TestEnv string
}

// Publish gives the images of this run their key tags, where no other run was
// first; then it adopts the other's. It comes before the tests: a failing test
// does not throw a runtime away.
func Publish(ctx context.Context, reg Registry, images Images, p plan.Plan, pushed Pushed, out io.Writer) (plan.Published, error) {
	var r plan.Published
	digest, err := resolve(ctx, reg, pushed.Runtime)
	if err != nil {
		return r, err
	}
	r.Runtime = digest
	if p.Keys.Runtime.Status == plan.Miss {
		if r.Runtime, err = publish(ctx, reg, images, p, &r, plan.Runtime, p.Keys.Runtime.Key, pushed.Runtime, digest, out); err != nil {
			return r, err
		}
	}
	testenv, app := p.Seeds.Keys(r.Runtime)
	r.App = app.Hash
	if pushed.TestEnv == "" {
		return r, nil
	}
	if r.Runtime != digest {
		// What the tests need was resolved beside our runtime: it is good for this
		// run's tests, but the key of their runtime is not its name.
		r.TestEnv, err = theirs(ctx, reg, images, &r, testenv.Hash, pushed.TestEnv, out)
		return r, err
	}
	if digest, err = resolve(ctx, reg, pushed.TestEnv); err != nil {
		return r, err
	}
	r.TestEnv, err = publish(ctx, reg, images, p, &r, plan.TestEnv, testenv.Hash, pushed.TestEnv, digest, out)
	return r, err
}

// theirs gives the test packages that belong to an adopted runtime, or ours
// where there are none.
func theirs(ctx context.Context, reg Registry, images Images, r *plan.Published, tag, ref string, out io.Writer) (string, error) {
	digest, ok, err := reg.Digest(ctx, plan.TestEnv, tag)
	if err != nil {
		return "", err
	}
	if !ok {
		return resolve(ctx, reg, ref)
	}
	return adopt(ctx, images, r, plan.TestEnv, tag, ref, digest, out)
}

func publish(ctx context.Context, reg Registry, images Images, p plan.Plan, r *plan.Published, image, tag, ref, digest string, out io.Writer) (string, error) {
	current, created, err := point(ctx, reg, p, image, tag, digest)
	if err != nil {
		return "", err
	}
	if created || current == digest {
		fmt.Fprintf(out, "%s:%s is %s\n", image, key.Short(tag), key.Short(current))
		return current, nil
	}
	return adopt(ctx, images, r, image, tag, ref, current, out)
}

// point points a key's tag to a digest: it is created once, by who comes first,
// and moved only where the plan is to renew what it points to.
func point(ctx context.Context, reg Registry, p plan.Plan, image, tag, digest string) (current string, created bool, err error) {
	if p.Wheelhouse != nil && p.Wheelhouse.Renew {
		return digest, true, reg.MoveTag(ctx, image, tag, digest)
	}
	return reg.CreateTag(ctx, image, tag, digest)
}

// adopt takes another run's image in place of ours.
func adopt(ctx context.Context, images Images, r *plan.Published, image, tag, ref, digest string, out io.Writer) (string, error) {
	fmt.Fprintf(out, "%s:%s was made by another run meanwhile: using that\n", image, key.Short(tag))
	r.Adopted = append(r.Adopted, image)
	return digest, images.Adopt(ctx, byDigest(ref, digest), ref)
}

// resolve gives the digest of a reference by tag or by digest.
func resolve(ctx context.Context, reg Registry, ref string) (string, error) {
	repo, tag, byDigest := cut(ref)
	if byDigest {
		return tag, nil
	}
	if tag == "" {
		return "", errs.New(errs.Internal, "", "%q is no image reference", ref)
	}
	digest, ok, err := reg.Digest(ctx, repo[strings.LastIndexByte(repo, '/')+1:], tag)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "", "%s is not in the registry", ref)
	}
	return digest, err
}

// byDigest is a reference's image of that digest.
func byDigest(ref, digest string) string {
	repo, _, _ := cut(ref)
	return repo + "@" + digest
}

// cut splits a reference into its repository and its tag or digest.
func cut(ref string) (repo, tag string, byDigest bool) {
	if repo, digest, ok := strings.Cut(ref, "@"); ok {
		return repo, digest, true
	}
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[:i], ref[i+1:], false
	}
	return ref, "", false
}
