package cmd

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// watch shows the service until ctx ends: on a terminal in one place, elsewhere each
// time that it is another. What cannot be asked for a while is said once, and asked again.
func watch(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o StatusOptions) error {
	shown, failed, lines := "", "", 0
	for {
		r, err := look(ctx, set)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && errs.KindOf(err) != errs.Transient && errs.KindOf(err) != errs.NotFound:
			return err
		case err != nil && err.Error() != failed:
			failed = err.Error()
			if _, err := io.WriteString(s.Err, failed+"\n"); err != nil {
				return err
			}
			lines = 0
		case err == nil:
			failed = ""
			var text bytes.Buffer
			if err := r.show(&text, set.Kind(), d.Now(), o); err != nil {
				return err
			}
			if now := r.essence(); now != shown || s.Terminal && !o.JSON {
				shown = now
				if lines > 0 && s.Terminal && !o.JSON {
					up := "\x1b[" + strconv.Itoa(lines) + "A\x1b[J" // to where it begins, and away with it
					if _, err := io.WriteString(s.Out, up); err != nil {
						return err
					}
				}
				lines = strings.Count(text.String(), "\n")
				if _, err := s.Out.Write(text.Bytes()); err != nil {
					return err
				}
			}
		}
		if err := set.Pause(ctx); err != nil {
			return nil // Ctrl-C
		}
	}
}

// essence is what of a service makes it another one: not how long ago something was.
func (r statusReport) essence() string {
	var b bytes.Buffer
	_ = ui.WriteJSON(&b, r) // into memory: never fails
	return b.String()
}
