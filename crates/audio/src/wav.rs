//! WAV files: any plain PCM or float file in, as mono samples; mono 16-bit files out.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use thiserror::Error;

use crate::convert::to_sample;
use crate::{SampleRate, resample};

/// The most that is read of a file: over ten minutes of anything, and half an hour of most.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The sample rates that are read.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// A recording: mono, at the rate it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// The samples; several channels were averaged.
    pub samples: Vec<i16>,
    /// Samples a second.
    pub sample_rate: u32,
}

impl Wav {
    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        let micros = self.samples.len() as u64 * 1_000_000 / u64::from(self.sample_rate.max(1));
        Duration::from_micros(micros)
    }

    /// Its samples at one of the rates of voice.
    pub fn at(&self, rate: SampleRate) -> Vec<i16> {
        resample(&self.samples, self.sample_rate, rate.hz())
    }
}

/// Why a file could not be read as a recording. Each says which file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file is missing, or may not be read.
    #[error("cannot read `{file}`")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is larger than any recording of a call.
    #[error("`{file}` is too large for a recording: expected at most {} MiB", MOST_BYTES >> 20)]
    TooLarge {
        /// The file.
        file: String,
    },
    /// It is some other kind of file.
    #[error(
        "`{file}` is not a WAV file: it does not begin with a RIFF/WAVE header; convert it, for example with `ffmpeg -i {file} out.wav`"
    )]
    NotWav {
        /// The file.
        file: String,
    },
    /// It is a WAV file of a coding that is not read.
    #[error(
        "`{file}` holds compressed audio: expected plain PCM of 8 to 32 bits or 32-bit float; convert it, for example with `ffmpeg -i {file} -c:a pcm_s16le out.wav`"
    )]
    Compressed {
        /// The file.
        file: String,
    },
    /// It is a WAV file, but its header contradicts itself.
    #[error("`{file}` is a damaged WAV file: {problem}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Its end is missing.
    #[error("`{file}` is cut off: its header promises {promised} samples, {found} are there")]
    CutOff {
        /// The file.
        file: String,
        /// Samples of all channels by the header.
        promised: u32,
        /// Samples of all channels in the file.
        found: usize,
    },
    /// Its sample rate is none that speech is recorded at.
    #[error("`{file}` has {rate} samples a second: expected 4,000 to 192,000")]
    OddRate {
        /// The file.
        file: String,
        /// Samples a second.
        rate: u32,
    },
    /// There is nothing in it.
    #[error("`{file}` holds no audio")]
    Empty {
        /// The file.
        file: String,
    },
}

/// A file could not be written.
#[derive(Debug, Error)]
#[error("cannot write `{}`", file.display())]
pub struct WriteError {
    /// The file.
    pub file: PathBuf,
    /// What the system said.
    source: hound::Error,
}

/// Reads a WAV file: integers of 8, 16, 24 or 32 bits or 32-bit floats, any number of channels, 4 to 192 kHz.
///
/// # Errors
///
/// [`ReadError`], naming the file and what was expected.
pub fn read(path: impl AsRef<Path>) -> Result<Wav, ReadError> {
    let file = path.as_ref().display().to_string();
    match read_at_most(path.as_ref(), MOST_BYTES) {
        Ok(Some(bytes)) => decode(&bytes, &file),
        Ok(None) => Err(ReadError::TooLarge { file }),
        Err(source) => Err(ReadError::Unreadable { file, source }),
    }
}

/// All of a file, unless that is more: one without an end is no trap.
fn read_at_most(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok((read as u64 <= most).then_some(bytes))
}

/// Reads a WAV file that is already in memory; `name` is what errors call it.
///
/// # Errors
///
/// As [`read`].
pub fn decode(bytes: &[u8], name: &str) -> Result<Wav, ReadError> {
    let file = || name.to_owned();
    if bytes.is_empty() {
        return Err(ReadError::Empty { file: file() });
    }
    if !(bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE")) {
        return Err(ReadError::NotWav { file: file() });
    }
    let reader =
        WavReader::new(Cursor::new(bytes)).map_err(|error| unreadable_header(file(), &error))?;
    let (spec, promised) = (reader.spec(), reader.len());
    if !RATES.contains(&spec.sample_rate) {
        return Err(ReadError::OddRate { file: file(), rate: spec.sample_rate });
    }
    let interleaved = interleaved(reader);
    if interleaved.len() < promised as usize {
        return Err(ReadError::CutOff { file: file(), promised, found: interleaved.len() });
    }
    if interleaved.is_empty() {
        return Err(ReadError::Empty { file: file() });
    }
    Ok(Wav { samples: mono(&interleaved, spec.channels), sample_rate: spec.sample_rate })
}

/// Writes mono samples as a 16-bit WAV file, replacing one that is there.
///
/// # Errors
///
/// [`WriteError`], naming the file.
pub fn write(path: impl AsRef<Path>, samples: &[i16], sample_rate: u32) -> Result<(), WriteError> {
    let spec =
        WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let written = WavWriter::create(&path, spec).and_then(|mut writer| {
        samples.iter().try_for_each(|&sample| writer.write_sample(sample))?;
        writer.finalize()
    });
    written.map_err(|source| WriteError { file: path.as_ref().to_path_buf(), source })
}

fn unreadable_header(file: String, error: &hound::Error) -> ReadError {
    match error {
        hound::Error::FormatError(problem) => ReadError::Damaged { file, problem },
        hound::Error::IoError(_) => {
            ReadError::Damaged { file, problem: "it ends before its audio begins" }
        }
        _ => ReadError::Compressed { file },
    }
}

/// Every sample that is there, on the scale of sixteen bits.
fn interleaved(reader: WavReader<Cursor<&[u8]>>) -> Vec<f32> {
    let spec = reader.spec();
    match spec.sample_format {
        SampleFormat::Float => reader
            .into_samples::<f32>()
            .map_while(Result::ok)
            .map(|sample| sample * 32_768.0)
            .collect(),
        SampleFormat::Int => {
            let scale = 2_f64.powi(16 - i32::from(spec.bits_per_sample));
            reader
                .into_samples::<i32>()
                .map_while(Result::ok)
                .map(|sample| scaled(sample, scale))
                .collect()
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a sample on the scale of sixteen bits needs no more than a float has"
)]
fn scaled(sample: i32, scale: f64) -> f32 {
    (f64::from(sample) * scale) as f32
}

fn mono(interleaved: &[f32], channels: u16) -> Vec<i16> {
    let share = 1.0 / f32::from(channels);
    interleaved
        .chunks(usize::from(channels))
        .map(|frame| to_sample(frame.iter().sum::<f32>() * share))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file in memory: `format` is 1 for integers, 3 for floats, others for what is not read.
    fn file(format: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let block = channels * bits / 8;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + u32::try_from(data.len()).unwrap()).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0");
        bytes.extend(format.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate * u32::from(block)).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn samples(bytes: &[u8]) -> Vec<i16> {
        decode(bytes, "test.wav").unwrap().samples
    }

    fn message(bytes: &[u8]) -> String {
        decode(bytes, "test.wav").unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_is_read() {
        let path =
            std::env::temp_dir().join(format!("switchboard-audio-{}.wav", std::process::id()));
        write(&path, &[1, -2, 300, i16::MIN], 8_000).unwrap();
        let wav = read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(wav, Wav { samples: vec![1, -2, 300, i16::MIN], sample_rate: 8_000 });
        assert_eq!(wav.duration(), Duration::from_micros(500));
        assert_eq!(wav.at(SampleRate::Khz24).len(), 12);
    }

    #[test]
    fn a_file_without_an_end_is_read_to_the_limit_only() {
        let endless = Path::new("/dev/zero");
        assert_eq!(read_at_most(endless, 1_000).unwrap(), None);
        let nothing = Path::new("/dev/null");
        assert_eq!(read_at_most(nothing, 1_000).unwrap(), Some(vec![]));
    }

    #[test]
    fn every_plain_coding_is_brought_to_sixteen_bits() {
        assert_eq!(samples(&file(1, 1, 8_000, 8, &[128, 255, 0])), [0, 32_512, -32_768]);
        assert_eq!(samples(&file(1, 1, 44_100, 16, &[0x34, 0x12])), [0x1234]);
        assert_eq!(samples(&file(1, 1, 48_000, 24, &[0, 0, 0x40, 0, 0, 0x80])), [0x4000, i16::MIN]);
        assert_eq!(samples(&file(1, 1, 48_000, 32, &[0, 0, 0, 0x40])), [0x4000]);
        let floats: Vec<u8> = [0.5_f32, -1.0, 2.0].iter().flat_map(|f| f.to_le_bytes()).collect();
        assert_eq!(samples(&file(3, 1, 48_000, 32, &floats)), [16_384, i16::MIN, i16::MAX]);
    }

    #[test]
    fn channels_are_averaged() {
        assert_eq!(samples(&file(1, 2, 8_000, 16, &[100, 0, 50, 0, 10, 0, 20, 0])), [75, 15]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_was_expected() {
        assert!(message(b"ID3 an mp3 file").contains("`test.wav` is not a WAV file"));
        assert!(message(b"").contains("`test.wav` holds no audio"));
        assert!(message(&file(1, 1, 8_000, 16, &[])).contains("holds no audio"));
        assert!(message(&file(7, 1, 8_000, 8, &[0])).contains("expected plain PCM"));
        assert!(message(&file(1, 0, 8_000, 16, &[])).contains("zero channels"));
        assert!(
            message(&file(1, 1, 1, 16, &[0, 0])).contains("1 samples a second: expected 4,000")
        );
        assert!(
            message(&file(1, 1, 8_000, 16, &[0; 8])[..48])
                .contains("promises 4 samples, 2 are there")
        );
        assert!(message(&file(1, 1, 8_000, 16, &[0; 8])[..20]).contains("damaged WAV"));
        let missing = read("no/such/file.wav").unwrap_err();
        assert!(missing.to_string().contains("no/such/file.wav"));
        let unwritable = write("no/such/file.wav", &[0], 8_000).unwrap_err();
        assert!(unwritable.to_string().contains("no/such/file.wav"));
    }
}
