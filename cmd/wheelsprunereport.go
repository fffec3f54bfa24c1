package cmd

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// pruneReport is `wheels prune --json`. Remove is what would go, in order; after
// a removal it is what went, and the others are in Skipped and Failed.
type pruneReport struct {
	Repository string       `json:"repository"`
	DryRun     bool         `json:"dry_run"`
	Remove     []pruneImage `json:"remove"`
	Keep       []pruneImage `json:"keep"`
	Skipped    []pruneImage `json:"skipped"`
	Failed     []pruneImage `json:"failed"`
	Frees      int64        `json:"frees"` // bytes that nothing else has
}

type pruneImage struct {
	Package  string        `json:"package"`
	Digest   string        `json:"digest"`
	Tags     []string      `json:"tags"`
	Size     int64         `json:"size"`
	Uploaded time.Time     `json:"uploaded"`
	Why      inventory.Why `json:"why,omitempty"`
	Reason   string        `json:"reason"`
	name     string
}

func pruned(v inventory.Verdict, reason string) pruneImage {
	i := v.Image
	return pruneImage{i.Package, i.Digest, list(i.Tags), i.Size, i.Uploaded, v.Why, reason, i.Name()}
}

func reportPrune(repository string, p stock.Pruned, dryRun bool) pruneReport {
	r := pruneReport{
		Repository: repository, DryRun: dryRun, Frees: p.Frees,
		Remove: []pruneImage{}, Keep: []pruneImage{}, Skipped: []pruneImage{}, Failed: []pruneImage{},
	}
	for _, v := range p.Removed {
		r.Remove = append(r.Remove, pruned(v, v.Reason))
	}
	for _, v := range p.Kept {
		r.Keep = append(r.Keep, pruned(v, v.Reason))
	}
	for _, end := range p.Skipped {
		r.Skipped = append(r.Skipped, pruned(end.Verdict, end.Stays))
	}
	for _, end := range p.Failed {
		r.Failed = append(r.Failed, pruned(end.Verdict, end.Err.Error()))
	}
	return r
}

func (r pruneReport) print(w io.Writer, now time.Time) error {
	if len(r.Remove)+len(r.Skipped)+len(r.Failed) == 0 {
		fmt.Fprintf(w, "nothing to remove in %s\n", r.Repository)
	} else {
		verbs := [2]string{"removed", "freed"}
		if r.DryRun {
			verbs = [2]string{"would remove", "free"}
		}
		fmt.Fprintf(w, "%s %s of %s, %s %s\n", verbs[0], ui.Count(len(r.Remove), "image"), r.Repository, verbs[1], ui.Bytes(r.Frees))
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, group := range []struct {
		images []pruneImage
		mark   string
	}{{r.Remove, ""}, {r.Skipped, "stays: "}, {r.Failed, "FAILED: "}} {
		for _, i := range group.images {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s%s\n", i.Package, i.name, ui.Age(now.Sub(i.Uploaded)), ui.Bytes(i.Size), group.mark, i.Reason)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	r.printKept(w)
	if r.DryRun && len(r.Remove) > 0 {
		fmt.Fprintln(w, "\nThis was a dry run: --yes removes them.")
	}
	return nil
}

// whyKept says what the reasons of those that stay mean, in the order of a summary.
var whyKept = []struct {
	why  inventory.Why
	text string
}{
	{inventory.InUse, "run by a revision"},
	{inventory.Needed, "what images that stay were made from"},
	{inventory.Building, "of builds that run now, or named by them"},
	{inventory.Newest, "among the newest of their family"},
	{inventory.Young, "too young"},
	{inventory.Foreign, "not made by gcpdeploy, or tagged by somebody"},
	{inventory.Builder, "builder images"},
	{inventory.Part, "parts of such images"},
}

func (r pruneReport) printKept(w io.Writer) {
	if len(r.Keep) == 0 {
		return
	}
	count := map[inventory.Why]int{}
	for _, i := range r.Keep {
		count[i.Why]++
	}
	if n := len(r.Keep); n == 1 {
		fmt.Fprintln(w, "1 image stays")
	} else {
		fmt.Fprintln(w, ui.Count(n, "image")+" stay")
	}
	for _, k := range whyKept {
		if n := count[k.why]; n > 0 {
			fmt.Fprintf(w, "  %4d  %s\n", n, k.text)
		}
	}
}
