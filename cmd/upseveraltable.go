package cmd

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// printSeveral prints a line for each of several services or regions, and what there is to do now.
func printSeveral(s ui.Streams, noun string, members []*member, results map[string]oneResult, all time.Duration) error {
	t := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(noun)+"\tRESULT\tREVISION\tTIME\tURL")
	var private []string
	var call string
	for _, m := range members {
		r := results[m.Name]
		took := "-"
		if r.Seconds > 0 {
			took = ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
		}
		revision := r.Revision
		if r.Status == "submitted" {
			revision = "build " + r.Build
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Name, r.word(), cmp.Or(revision, "-"), took, cmp.Or(r.URL, "-"))
		if r.Private {
			private = append(private, m.Name)
			call = cmp.Or(call, strings.Join(append([]string{"gcpdeploy", "curl"}, m.from.App.Same()...), " "))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "%s after %s\n", ui.Count(len(members), noun), ui.Duration(all))
	if len(private) > 0 {
		fmt.Fprintf(s.Err, "private: %s; call one with `%s`\n", strings.Join(private, ", "), call)
	}
	return nil
}

// printReleased says of a run that failed which regions have what was to be released.
func printReleased(w io.Writer, again string, members []*member, results map[string]oneResult) {
	have, lack := inRegions(members, results, true), inRegions(members, results, false)
	switch {
	case len(lack) == 0:
	case len(have) == 0:
		fmt.Fprintf(w, "in none of the regions is the new revision: %s\n", strings.Join(lack, ", "))
	default:
		fmt.Fprintf(w, "the new revision is in %s, and not in %s; %s releases where it is missing\n", strings.Join(have, ", "), strings.Join(lack, ", "), again)
	}
}

// word is what came of one service, for people.
func (r oneResult) word() string {
	switch {
	case r.Status == "skipped":
		return "skipped: " + r.Why
	case r.Status == "nothing_to_do":
		return "nothing to do"
	case r.Status == "released" && r.Percent == 0:
		return "ready, without traffic"
	case r.Status == "tested":
		return "tested, not released"
	}
	return r.Status
}
