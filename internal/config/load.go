package config

// Load merges and validates. Errors are errs.Usage with the place, flag or
// variable at fault; a file that cannot be read is one too.
func Load(in Input) (*Config, error) {
	return nil, nil
}

// Missing reports that neither flag, environment nor file gave the key
// ("python", "requirements", "entrypoint", "test.command",
// "test.requirements"), so that it should be detected.
func (c *Config) Missing(key string) bool { return c.Origin[key] == "" }

// Adopt takes what was detected for the keys that are Missing; it may be
// called more than once.
func (c *Config) Adopt(d Detected) {}

// NeedsProject is the error for a run against Google that lacks the project or
// the region, or nil.
func (c *Config) NeedsProject() error { return nil }
