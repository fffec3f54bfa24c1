package lease

import "context"

// End ends the lease of a run whose process is known to be gone, so that nobody waits
// until its silence tells. A run without a lease is none's concern.
func End(ctx context.Context, r Registry, id string) error {
	tag := Lease{ID: id}.tag()
	tags, err := r.Tags(ctx, image)
	if err != nil || tags[tag] == "" {
		return err
	}
	_, err = r.PushNote(ctx, image, tag, map[string]string{endedLabel: "yes"})
	return err
}
