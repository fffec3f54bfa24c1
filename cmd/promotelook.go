package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/promote"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// promotionLine is what a promotion leads to.
func promotionLine(p promote.Promoter, m promote.Promotion) string {
	return fmt.Sprintf("%s of %s → %s, %s, %s", m.From.Revision, p.From.Name(), p.To.Kind.Title, m.To.Project, m.To.Region)
}

// settingsOf says which settings a release gets: its environment's, as they are at hand.
func settingsOf(p promote.Promoter, m promote.Promotion) string {
	return "those of " + p.To.Name() + " in " + m.File + ", as it is here"
}

// showPromotion is `promote --dry-run`.
func showPromotion(s ui.Streams, o PromoteOptions, p promote.Promoter, m promote.Promotion) error {
	if o.JSON {
		return ui.WriteJSON(s.Out, m)
	}
	printPromotion(s.Out, p, m)
	return nil
}

func printPromotion(w io.Writer, p promote.Promoter, m promote.Promotion) {
	place := func(name string, e promote.Environment, at promote.Place) {
		fmt.Fprintf(w, "  %-9s %s: %s on %s, %s, %s\n", name, e.Name(), at.Service, e.Kind.Title, at.Project, at.Region)
	}
	fmt.Fprintln(w, promotionLine(p, m))
	place("from", p.From, m.From)
	place("to", p.To, m.To)
	fmt.Fprintf(w, "  %-9s %s, of %s\n", "image", key.Short(strings.TrimPrefix(m.Digest, "sha256:")), m.From.Revision)
	if m.Origin != nil {
		fmt.Fprintf(w, "  %-9s %s\n", "made from", m.Origin)
	}
	fmt.Fprintf(w, "  %-9s %s\n", "settings", settingsOf(p, m))
	if len(m.Differs) > 0 {
		fmt.Fprintf(w, "  %-9s %s\n", "", "others than in "+p.From.Name()+": "+strings.Join(m.Differs, ", "))
	}
	switch {
	case m.NothingToDo:
		fmt.Fprintf(w, "\nnothing to do: %s is of this image and configuration%s\n", m.Current.Revision, share(",", m.Current.Percent()))
	case !m.Current.Exists:
		fmt.Fprintf(w, "\nrelease\n  %s is new there\n", m.To.Service)
	default:
		old := m.Current.Revision
		if len(m.Current.Shares) > 1 {
			old = plan.Shares(m.Current.Shares)
		}
		fmt.Fprintf(w, "\nrelease\n  %s  replaces %s\n", m.To.Service, old)
		for _, c := range m.Changes {
			fmt.Fprintln(w, "  "+c.String())
		}
	}
	for _, n := range m.Notes {
		fmt.Fprintln(w, "  note: "+n)
	}
}
