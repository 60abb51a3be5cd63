//! Audio without a network: formats, G.711, resampling, voice activity, WAV, the playback clock and a text channel in the voice band.
