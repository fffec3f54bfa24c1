package worker

import "time"

// Limits of a Build message. Source: validate/validate.go of
// GoogleCloudPlatform/cloud-build-local (archived 2022). Production has raised
// some since (steps, argument length); these are the floor that holds
// everywhere, so what passes here passes there.
const (
	MaxSteps             = 100
	MaxStepName          = 1000 // bytes, as all lengths here
	MaxArgs              = 100
	MaxArg               = 4000
	MaxDir               = 1000
	MaxEnvs              = 100
	MaxEnv               = 1000
	MaxImages            = 100
	MaxImage             = 1000
	MaxSubstitutions     = 100
	MaxSubstitutionKey   = 100
	MaxSubstitutionValue = 4000
	MaxSecretEnvs        = 100
	MaxTags              = 64
	MaxArtifactPaths     = 100
	MaxTimeout           = 24 * time.Hour
	MaxDiskSizeGB        = 4000      // proto comment of BuildOptions.disk_size_gb
	MaxOutput            = 50 * 1000 // "first 50KB" of Results.build_step_outputs
	DefaultTimeout       = time.Hour // proto comment of Build.timeout
	startAtOnce          = "-"       // a waitFor entry that is always satisfied
	maxMatching          = 1 << 24   // pattern length times value length in an expansion; ours too
	maxSubstituted       = 1 << 18   // bytes of one field after substitution; ours, against blow-up
)
