#if Server
// The declarations that users of `import DeeperServing` need from the modules below it.
@_exported import struct DeeperModelServing.ModelSource
@_exported import enum DeeperModelServing.VersionPolicy
#endif
