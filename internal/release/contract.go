package release

// Contract is what a container finds where a target runs it. The build's checks
// run the image under the same terms.
type Contract struct {
	Title   string            // of the target, for people
	Env     map[string]string // what the target sets, over what the user sets
	Port    int               // that the container must listen on
	PortKey string            // the setting that says which; "" = none does
	CPUs    float64           // 0 = no limit
	Memory  Memory
	Ready   Ready
	// Lacks are the settings of what a container finds there and the build's checks do not
	// have, such as volumes.
	Lacks []string
}

// Ready is how a target sees that an app can serve: the path must be answered with 200.
// "" = it asks for none.
type Ready struct {
	Path string
	Key  string // the setting that says which
}

// Memory is how much memory a container may use.
type Memory struct {
	Bytes int64
	Text  string // as the user writes it
	Key   string // the setting that says how much
}
