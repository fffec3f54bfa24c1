package container

// Written is what the containers of one service wrote, with what a log has to say of
// its entries.
type Written struct {
	Kind     string            // of the resource: "cloud_run_revision"
	Labels   map[string]string // of the resource, the same for all lines
	Revision string            // the label that has a line's revision; "" = none has
	// Entry gives labels of a line's entry, by its revision; nil = there are none.
	Entry func(revision string) map[string]string
	Log   func(stream string) string // the log's name after projects/P/logs/, by the stream
	Lines func(limit int) []Line     // the newest, at most limit, the oldest first
}
