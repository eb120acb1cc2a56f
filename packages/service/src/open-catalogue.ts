import { type Catalogue, CatalogueError, loadCatalogue } from '@reelay/modelverse';
import { CannotStart, EXIT_CONFIG } from './cannot-start.ts';

/**
 * The built-in models and those of MODELS_FOLDER. Every mistake in the files is told at once, with the file and the place,
 * and ends the process with 78: a model that is half understood would be paid for and refused upstream.
 */
export function openCatalogue(folder: string | undefined): Catalogue {
  try {
    return loadCatalogue(folder);
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    const fix = 'Mend the files of MODELS_FOLDER (docs/models.md says what stands in one), or unset it.';
    throw new CannotStart([...error.problems.map((problem) => `Model catalogue: ${problem}`), fix], EXIT_CONFIG);
  }
}
