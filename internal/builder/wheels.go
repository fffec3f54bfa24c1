package builder

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// reportFile is in a layer of its own, which only the run's own image has: it
// tells of this run, the other files of the wheels.
const reportFile = "report.json"

// report is what a build of wheels says of itself.
type report struct {
	Schema   int          `json:"schema"`
	Seconds  float64      `json:"seconds"`
	Packages []plan.Wheel `json:"packages"`
	Failed   []struct {
		Name    string   `json:"name"`
		Version string   `json:"version"`
		Log     []string `json:"log"`
		Hint    string   `json:"hint"`
	} `json:"failed"`
	Skipped []string `json:"skipped"`
}

// reportSchema is the version of the report that this program reads.
const reportSchema = 1

// Earlier makes to name the earlier wheels image ref on this worker, for the
// build to take finished wheels from. They only save time: an image that cannot
// be had, or is broken, is replaced by one without files.
func Earlier(ctx context.Context, images Images, ref, to string, out io.Writer) error {
	err := images.Adopt(ctx, ref, to)
	if err == nil {
		_, digest, _ := cut(ref)
		fmt.Fprintf(out, "finished wheels come from %s\n", key.Short(digest))
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	fmt.Fprintf(out, "the earlier wheels cannot be had, so all are made: %v\n", err)
	return images.Empty(ctx, to)
}

// PublishWheels gives the wheels that this run pushed as ref their tags: C for
// what they are, W for what was asked for, and one to be found by. Equal wheels
// are one image, to the byte, however many keys lead to them. Where another run
// was first with W, its wheels are taken for the rest of this run.
//
// Of a build that failed for some package it keeps what is finished for the next
// try, and fails with that package's own log.
func PublishWheels(ctx context.Context, reg Registry, images Images, p plan.Plan, ref string, out io.Writer) (plan.PublishedWheels, error) {
	var r plan.PublishedWheels
	if p.Wheelhouse == nil {
		return r, errs.New(errs.Internal, "", "the plan builds no wheels")
	}
	digest, err := resolve(ctx, reg, ref)
	if err != nil {
		return r, err
	}
	rep, err := readReport(ctx, reg, digest)
	if err != nil {
		return r, err
	}
	r.Seconds, r.Packages = rep.Seconds, rep.Packages
	w := p.Wheelhouse.Key.Hash
	if len(rep.Failed) > 0 {
		return r, partial(ctx, reg, p, rep, digest, out)
	}
	lock, err := reg.ReadFile(ctx, plan.Wheels, digest, inventory.LockFile)
	if err != nil {
		return r, fmt.Errorf("reading the wheels' lock: %w", err)
	}
	r.Content = inventory.ContentKey(lock, p.Base).Hash
	if digest, err = content(ctx, reg, p, r.Content, digest, len(rep.Packages)); err != nil {
		return r, err
	}
	if p.Wheelhouse.Candidate {
		r.Wheels = digest
		fmt.Fprintf(out, "candidate %s, %s\n", key.Short(digest), origins(rep.Packages))
		return r, nil
	}
	current, created, err := point(ctx, reg, p, plan.Wheels, w, digest)
	if err != nil {
		return r, err
	}
	r.Wheels, r.Adopted = current, !created && current != digest
	if r.Adopted {
		fmt.Fprintf(out, "wheels:%s was made by another run meanwhile: using that\n", key.Short(w))
		return r, images.Adopt(ctx, byDigest(ref, current), ref)
	}
	findable(ctx, reg, p, rep, digest, out)
	fmt.Fprintf(out, "wheels:%s is %s, %s\n", key.Short(w), key.Short(digest), origins(rep.Packages))
	return r, nil
}

func readReport(ctx context.Context, reg Registry, digest string) (rep report, err error) {
	data, err := reg.ReadFile(ctx, plan.Wheels, digest, reportFile)
	if err != nil {
		return rep, fmt.Errorf("reading what the build of the wheels says: %w", err)
	}
	return parseReport(data)
}

func parseReport(data []byte) (rep report, err error) {
	if err = json.Unmarshal(data, &rep); err == nil && rep.Schema != reportSchema {
		err = fmt.Errorf("it has schema %d, and this program reads %d", rep.Schema, reportSchema)
	}
	if err != nil {
		return rep, fmt.Errorf("reading what the build of the wheels says: %w", err)
	}
	return rep, nil
}

// content gives the image that holds exactly these wheels, so many of them, made
// now where there is none yet.
func content(ctx context.Context, reg Registry, p plan.Plan, c, digest string, count int) (string, error) {
	current, ok, err := reg.Digest(ctx, plan.Wheels, c)
	if err != nil || ok {
		return current, err
	}
	fields, err := json.Marshal(p.Wheelhouse.Key)
	if err != nil {
		return "", err
	}
	plain, err := reg.Plain(ctx, plan.Wheels, digest, map[string]string{
		plan.BaseLabel: p.Base, plan.KeyLabel(plan.Wheels): p.Wheelhouse.Key.Hash, plan.FieldsLabel: string(fields),
		plan.CountLabel: strconv.Itoa(count),
	})
	if err != nil {
		return "", err
	}
	current, _, err = reg.CreateTag(ctx, plan.Wheels, c, plain)
	return current, err
}

// findable adds the tag that later builds find these wheels by, and drops what
// an earlier try has left. Neither is worth failing for; who may write tags need not
// have the right to delete them, and what stays is pruned.
func findable(ctx context.Context, reg Registry, p plan.Plan, rep report, digest string, out io.Writer) {
	err := near(ctx, reg, p, rep, digest)
	if err == nil {
		err = reg.DeleteTag(ctx, plan.Wheels, plan.PartialTag(p.Wheelhouse.Key.Hash))
		if errs.KindOf(err) == errs.Auth {
			return
		}
	}
	if err != nil {
		fmt.Fprintf(out, "warning: later builds may not find these wheels: %v\n", err)
	}
}

// near adds the tag by which an image is found by what it holds.
func near(ctx context.Context, reg Registry, p plan.Plan, rep report, digest string) error {
	var packages []string
	for _, w := range rep.Packages {
		packages = append(packages, w.Name+"=="+w.Version)
	}
	_, _, err := reg.CreateTag(ctx, plan.Wheels, plan.NearTag(p.Wheelhouse.Family, packages), digest)
	return err
}

// partial keeps the finished wheels of a failed build under tags that no deploy
// uses, and gives the error. The next try finds them by the key, or, when the
// requirements were mended, by what they are.
func partial(ctx context.Context, reg Registry, p plan.Plan, rep report, digest string, out io.Writer) error {
	rep.printLogs(out)
	kept := ""
	if len(rep.Packages) > 0 {
		err := reg.MoveTag(ctx, plan.Wheels, plan.PartialTag(p.Wheelhouse.Key.Hash), digest)
		if err == nil {
			err = near(ctx, reg, p, rep, digest)
		}
		if err != nil {
			fmt.Fprintf(out, "warning: the finished wheels could not be kept: %v\n", err)
		} else {
			kept = "; " + ui.Count(len(rep.Packages), "finished wheel") + " will be used by the next try"
		}
	}
	return rep.failure(kept)
}

// origins is "3 built, 2 downloaded, 8 reused".
func origins(packages []plan.Wheel) string {
	n := map[string]int{}
	for _, w := range packages {
		n[w.Origin]++
	}
	text := ""
	for _, o := range []string{"built", "downloaded", "reused"} {
		if n[o] > 0 {
			text += fmt.Sprintf(", %d %s", n[o], o)
		}
	}
	if text == "" {
		return "no packages"
	}
	return text[2:]
}
